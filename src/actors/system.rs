//! The system in which actors live.

use std::future::Future;
use std::sync::Arc;

use actix_rt::System;
use tokio::runtime::Runtime;

/// Runs a piece of work, with all actors that it starts on this thread, and ends when the work does.
///
/// What is under way then is dropped. A connection of the database that is dropped goes back to its pool by means of the
/// runtime, so this thread stays in the runtime's context until all of it is gone.
pub fn run<T>(runtime: Runtime, work: impl Future<Output = T>) -> T {
    let runtime = Arc::new(runtime);
    let _context = runtime.enter();
    let system = System::with_tokio_rt(|| Arc::clone(&runtime));
    system.block_on(work)
}
