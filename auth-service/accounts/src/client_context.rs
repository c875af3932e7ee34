//! Client data that outlives the request.

use contracts::Language;

use super::ClientLocation;

/// Location of the client, and the language of later mails to its user.
#[derive(Debug, Clone, Default)]
pub struct ClientContext {
    /// Address and region.
    pub location: ClientLocation,
    /// Language of mails.
    pub language: Language,
}
