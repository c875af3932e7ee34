//! Stories of social sign-in with real processes. A separate binary, because their floods would slow down stories that
//! measure recovery times.

mod providers;
