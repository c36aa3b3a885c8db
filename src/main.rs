//! The program `breakingbot`.

fn main() -> std::process::ExitCode {
    breakingbot::program::main()
}
