//! Every URL of movies-api.

use contracts::movies::{changes, films, genres, persons, search, status, writes};
use contracts::published;
use service_kit::Routes;

use crate::endpoints::films::{
    create_film, delete_film, get_film, list_film_changes, list_films, list_similar_films, search_films, update_film,
};
use crate::endpoints::genres::{get_genre, list_genres};
use crate::endpoints::persons::{get_person, list_person_films, search_persons};
use crate::endpoints::status::get_status;

/// The table.
pub fn routes() -> Routes {
    Routes::new()
        .mount::<films::ListFilms, _, _>(list_films)
        .mount::<search::SearchFilms, _, _>(search_films)
        .mount::<films::GetFilm, _, _>(get_film)
        .mount::<films::ListSimilarFilms, _, _>(list_similar_films)
        .mount::<genres::ListGenres, _, _>(list_genres)
        .mount::<genres::GetGenre, _, _>(get_genre)
        .mount::<search::SearchPersons, _, _>(search_persons)
        .mount::<persons::GetPerson, _, _>(get_person)
        .mount::<persons::ListPersonFilms, _, _>(list_person_films)
        .mount::<changes::ListFilmChanges, _, _>(list_film_changes)
        .mount::<writes::CreateFilm, _, _>(create_film)
        .mount::<writes::UpdateFilm, _, _>(update_film)
        .mount::<writes::DeleteFilm, _, _>(delete_film)
        .mount::<status::GetStatus, _, _>(get_status)
        .documents("movies", published::MOVIES)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_service_serves_exactly_the_endpoints_of_the_contract() {
        let served: BTreeSet<_> = routes().endpoints().iter().map(|endpoint| endpoint.id).collect();
        let declared = contracts::movies::ENDPOINTS.iter().chain(contracts::health::ENDPOINTS);
        let declared: BTreeSet<_> = declared.map(|endpoint| endpoint.id).collect();
        assert_eq!(served, declared);
    }
}
