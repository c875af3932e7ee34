//! Stories of social sign-in over real processes. A binary of their own: what they pour out would slow down stories that
//! measure how soon the services are back.

mod providers;
