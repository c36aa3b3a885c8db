//! Work that goes on beside an actor and comes back to it when it is done.
//!
//! actix looks at everything that a context spawned whenever any of it is ready: with ten thousand calls under way, each
//! answer would look at all the others. Here each piece of work is a task of its own, and what it gives comes back through
//! one queue, so that an answer costs the same however much is under way.

use actix::fut::{ActorStreamExt, wrap_stream};
use actix::prelude::*;
use tokio::sync::mpsc;

type Return<A> = Box<dyn FnOnce(&mut A)>;

/// The work beside one actor.
pub struct Beside<A: Actor<Context = Context<A>>> {
    /// Not bounded by itself: it holds at most what is under way, which the actor's lanes bound.
    returns: mpsc::UnboundedSender<Return<A>>,
    /// Until the actor starts.
    returned: Option<mpsc::UnboundedReceiver<Return<A>>>,
}

impl<A: Actor<Context = Context<A>>> Default for Beside<A> {
    fn default() -> Self {
        let (returns, returned) = mpsc::unbounded_channel();
        Self { returns, returned: Some(returned) }
    }
}

impl<A: Actor<Context = Context<A>>> Beside<A> {
    /// From now on what is done comes back. To be called when the actor starts.
    pub fn begin(&mut self, ctx: &mut Context<A>) {
        let Some(mut returned) = self.returned.take() else { return };
        let returned = futures_util::stream::poll_fn(move |task| returned.poll_recv(task));
        ctx.spawn(wrap_stream(returned).map(|back: Return<A>, actor, _| back(actor)).finish());
    }

    /// Goes on with `then` when the work is done, unless the actor is gone.
    pub fn run<F>(&self, work: F, then: impl FnOnce(F::Output, &mut A) + 'static)
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        let returns = self.returns.clone();
        actix::spawn(async move {
            let given = work.await;
            let _ = returns.send(Box::new(move |actor| then(given, actor)));
        });
    }
}
