//! Persons.

use super::films::{ANONYMOUS, solaris};
use crate::PageSize;
use crate::examples::{Example, Examples, world};
use crate::movies::films::CreditRole;
use crate::movies::persons::{
    GetPerson, GetPersonResponse, ListPersonFilms, ListPersonFilmsQuery, ListPersonFilmsResponse, Person, PersonPath,
};
use crate::movies::search::{SearchPersons, SearchPersonsResponse, SearchQuery};

fn tarkovsky() -> Person {
    Person {
        id: world::TARKOVSKY,
        name: "Andrei Tarkovsky".to_owned(),
        roles: vec![CreditRole::Director, CreditRole::Writer],
        films: 2,
    }
}

impl Examples for SearchPersons {
    fn example() -> Example<Self> {
        let output = SearchPersonsResponse { viewer: ANONYMOUS, items: vec![tarkovsky()] };
        Example::new("unfinished", "A name that is not typed to its end", output).query(SearchQuery {
            query: "tarkov".to_owned(),
            page_size: PageSize(20),
            page: None,
        })
    }
}

impl Examples for GetPerson {
    fn example() -> Example<Self> {
        let output = GetPersonResponse { viewer: ANONYMOUS, person: tarkovsky() };
        Example::new("tarkovsky", "Andrei Tarkovsky", output).path(PersonPath { person_id: world::TARKOVSKY })
    }
}

impl Examples for ListPersonFilms {
    fn example() -> Example<Self> {
        let output = ListPersonFilmsResponse { viewer: ANONYMOUS, items: vec![solaris()], next_cursor: None };
        Example::new("of_tarkovsky", "His films", output)
            .path(PersonPath { person_id: world::TARKOVSKY })
            .query(ListPersonFilmsQuery { page_size: PageSize(20), page: None, cursor: None })
    }
}
