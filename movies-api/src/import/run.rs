//! A running import: reads files line by line and writes batches until it is stopped.

use tokio::sync::watch;

use super::line_importer::{LineImporter, read};
use super::rejects::Rejects;
use super::source::Source;
use super::{ImportError, ImportObserver, ImportReport};
use crate::storage::{CatalogueImport, Position};

/// Becomes `true` when the import must finish the current batch and stop.
pub type StopSignal = watch::Receiver<bool>;

/// A running import.
pub struct Run<'a> {
    /// Its writes to the catalogue.
    pub import: CatalogueImport,
    /// Its counts so far.
    pub report: ImportReport,
    pub(super) rejects: Rejects,
    pub(super) stop: StopSignal,
    /// Its observer.
    pub observer: &'a mut dyn ImportObserver,
}

impl Run<'_> {
    /// Reads one file to its end; returns `false` when a stop was requested before.
    pub async fn import_file<P: LineImporter>(&mut self, source: &Source, importer: P) -> Result<bool, ImportError> {
        let mut reader = read(source.clone(), importer, self.import.position());
        let stopped = loop {
            let batch = tokio::select! {
                biased;
                () = stop_requested(&mut self.stop) => break true,
                batch = reader.batches.recv() => batch,
            };
            let Some(batch) = batch else { break false };
            if P::COUNTS {
                self.report.read += batch.read;
                self.report.resumed += batch.resumed;
                self.report.left_out += batch.left_out;
            }
            let partly = batch.bad.iter().filter(|bad| bad.partly).count();
            self.report.partly += partly as u64;
            self.report.bad += (batch.bad.len() - partly) as u64;
            self.rejects.write(&batch.bad)?;
            batch.bad.iter().for_each(|bad| self.observer.bad_line(bad));
            let outcome = P::write(&mut self.import, batch.items, batch.to).await?;
            self.report.add(outcome);
            self.observer.batch_done(&self.report, batch.bytes);
            if batch.last {
                break false; // the file is complete, even if a stop was requested meanwhile
            }
        };
        reader.batches.close();
        drop(reader.batches);
        reader.end.await.map_err(ImportError::Reader)??;
        self.report.interrupted |= stopped;
        Ok(!stopped)
    }

    /// `true` when a stop was requested.
    pub fn is_stopped(&mut self) -> bool {
        let stopped = *self.stop.borrow();
        self.report.interrupted |= stopped;
        stopped
    }

    /// Moves to the start of a step.
    pub async fn enter_step(&mut self, step: u8) -> Result<(), ImportError> {
        self.import.move_to(Position { step, ..Position::default() }).await?;
        Ok(())
    }
}

/// Waits for a stop request; forever when the sender was dropped.
async fn stop_requested(stop: &mut StopSignal) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        std::future::pending().await
    }
}
