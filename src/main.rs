//! The program `breakingbot`.
fn main() {}
