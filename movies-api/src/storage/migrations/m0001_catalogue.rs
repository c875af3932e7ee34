//! The first version of the tables: films, people, genres, the change feed and the checkpoints of imports.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, float_null, integer, integer_null, small_integer, small_integer_null, text, text_null,
    timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
};

/// Name of the step in the table of steps.
#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in [films(), persons(), genres(), film_genres(), film_credits(), feed(), imports(), imdb_staging()] {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        manager
            .execute(
                Query::insert()
                    .into_table("catalogue_feed")
                    .columns(["id", "last_seq"])
                    .values_panic([1.into(), 0.into()])
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in
            ["imdb_staging", "imports", "catalogue_feed", "film_credits", "film_genres", "genres", "persons", "films"]
        {
            manager.drop_table(Table::drop().table(table).to_owned()).await?;
        }
        Ok(())
    }
}

fn films() -> TableCreateStatement {
    Table::create()
        .table("films")
        .col(uuid("id").primary_key())
        .col(text("source_key"))
        .col(text_null("source_hash"))
        .col(big_integer("seq"))
        .col(timestamp_with_time_zone_null("deleted_at"))
        .col(text("title"))
        .col(text_null("title_ru"))
        .col(text_null("original_title"))
        .col(small_integer("year"))
        .col(small_integer_null("age_rating"))
        .col(text("tier"))
        .col(float_null("rating"))
        .col(integer("votes"))
        .col(integer_null("runtime_minutes"))
        .col(text_null("synopsis_en"))
        .col(text_null("synopsis_ru"))
        .col(text_null("wiki"))
        .col(text("countries"))
        .col(timestamp_with_time_zone("updated_at"))
        .to_owned()
}

fn persons() -> TableCreateStatement {
    Table::create()
        .table("persons")
        .col(uuid("id").primary_key())
        .col(text("source_key"))
        .col(text("name"))
        .col(text_null("name_ru"))
        .to_owned()
}

fn genres() -> TableCreateStatement {
    Table::create()
        .table("genres")
        .col(text("slug").primary_key())
        .col(text("name"))
        .col(text_null("name_ru"))
        .to_owned()
}

fn film_genres() -> TableCreateStatement {
    Table::create()
        .table("film_genres")
        .col(uuid("film_id"))
        .col(text("slug"))
        .col(small_integer("position"))
        .primary_key(Index::create().col("film_id").col("slug"))
        .foreign_key(ForeignKey::create().from("film_genres", "film_id").to("films", "id"))
        .foreign_key(ForeignKey::create().from("film_genres", "slug").to("genres", "slug"))
        .to_owned()
}

fn film_credits() -> TableCreateStatement {
    Table::create()
        .table("film_credits")
        .col(uuid("film_id"))
        .col(small_integer("role"))
        .col(small_integer("position"))
        .col(uuid("person_id"))
        .col(text_null("character"))
        .primary_key(Index::create().col("film_id").col("role").col("position"))
        .foreign_key(ForeignKey::create().from("film_credits", "film_id").to("films", "id"))
        .foreign_key(ForeignKey::create().from("film_credits", "person_id").to("persons", "id"))
        .to_owned()
}

fn feed() -> TableCreateStatement {
    Table::create()
        .table("catalogue_feed")
        .col(small_integer("id").primary_key())
        .col(big_integer("last_seq"))
        .to_owned()
}

fn imports() -> TableCreateStatement {
    Table::create()
        .table("imports")
        .col(text("fingerprint").primary_key())
        .col(text("name"))
        .col(small_integer("step"))
        .col(big_integer("position"))
        .col(text("digest"))
        .col(timestamp_with_time_zone("updated_at"))
        .col(timestamp_with_time_zone_null("finished_at"))
        .to_owned()
}

fn imdb_staging() -> TableCreateStatement {
    Table::create()
        .table("imdb_staging")
        .col(big_integer("import_id"))
        .col(text("key"))
        .col(small_integer("part"))
        .col(integer("position"))
        .col(text_null("person"))
        .col(text_null("content"))
        .primary_key(Index::create().col("import_id").col("key").col("part").col("position"))
        .to_owned()
}

fn indexes() -> Vec<IndexCreateStatement> {
    let index = |name: &str, table: &'static str| Index::create().name(name).table(table).to_owned();
    vec![
        index("films_by_source_key", "films").col("source_key").unique().to_owned(),
        index("films_by_seq", "films").col("seq").unique().to_owned(),
        index("persons_by_source_key", "persons").col("source_key").unique().to_owned(),
        index("film_credits_by_person", "film_credits").col("person_id").to_owned(),
        index("imdb_staging_by_person", "imdb_staging").col("import_id").col("person").to_owned(),
    ]
}
