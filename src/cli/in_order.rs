//! Working on many things at once, and taking what comes of them one by one, in their order.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Calls `work` for each item on all processors and `take` with each result, in the items' order.
///
/// Few results wait at any time, so that memory stays bounded.
///
/// # Errors
/// The first of `take`; then the rest is left alone.
pub(super) fn in_order<T: Sync, R: Send, E>(
    items: &[T],
    work: impl Fn(&T) -> R + Sync,
    mut take: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(items.len());
    if threads < 2 {
        return items.iter().try_for_each(|item| take(work(item)));
    }
    let queue = Queue {
        items: items.len(),
        most: 16 * threads,
        enough: 4 * threads,
        state: Mutex::new(State { begun: 0, taken: 0, done: VecDeque::new(), stopped: false }),
        ready: Condvar::new(),
        room: Condvar::new(),
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(at) = queue.begin() {
                    let mut whole = Stop { queue: &queue, armed: true };
                    let done = work(&items[at]);
                    whole.armed = false;
                    queue.put(at, done);
                }
            });
        }
        let _rest = Stop { queue: &queue, armed: true };
        while let Some(done) = queue.take() {
            done.into_iter().try_for_each(&mut take)?;
        }
        Ok(())
    })
}

/// What is begun, what waits to be taken, and who waits for it.
struct Queue<R> {
    items: usize,
    /// So many items are begun before the first of them is taken.
    most: usize,
    /// So many are begun before anybody is woken to take the first: to wake somebody takes as long as a small item.
    enough: usize,
    state: Mutex<State<R>>,
    /// There is something to be taken.
    ready: Condvar,
    /// Something was taken.
    room: Condvar,
}

struct State<R> {
    begun: usize,
    taken: usize,
    /// The results from the first that is not taken on.
    done: VecDeque<Option<R>>,
    stopped: bool,
}

impl<R> Queue<R> {
    fn state(&self) -> MutexGuard<'_, State<R>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the number of the next item to work on; nothing if there is none.
    fn begin(&self) -> Option<usize> {
        let mut state = self.state();
        loop {
            if state.stopped || state.begun == self.items {
                return None;
            }
            if state.begun < state.taken + self.most {
                state.begun += 1;
                self.wake(&state);
                return Some(state.begun - 1);
            }
            state = self.room.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn put(&self, at: usize, done: R) {
        let mut state = self.state();
        let place = at - state.taken;
        if state.done.len() <= place {
            state.done.resize_with(place + 1, || None);
        }
        state.done[place] = Some(done);
        self.wake(&state);
    }

    /// Wakes who takes, if that is worth it.
    fn wake(&self, state: &State<R>) {
        let many = state.begun - state.taken >= self.enough || state.begun == self.items;
        if many && matches!(state.done.front(), Some(Some(_))) {
            self.ready.notify_one();
        }
    }

    /// Waits for the next results, and returns as many as there are; nothing if all are taken, or no more come.
    fn take(&self) -> Option<Vec<R>> {
        let mut state = self.state();
        loop {
            let mut ready = Vec::new();
            while let Some(Some(_)) = state.done.front() {
                ready.extend(state.done.pop_front().flatten());
            }
            state.taken += ready.len();
            if !ready.is_empty() {
                self.room.notify_all();
                return Some(ready);
            }
            if state.stopped || state.taken == self.items {
                return None;
            }
            state = self.ready.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Stops all work when it goes, so that nobody waits for somebody who has failed.
struct Stop<'q, R> {
    queue: &'q Queue<R>,
    armed: bool,
}

impl<R> Drop for Stop<'_, R> {
    fn drop(&mut self) {
        if self.armed {
            self.queue.state().stopped = true;
            self.queue.ready.notify_all();
            self.queue.room.notify_all();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn results_come_in_the_order_of_their_items() {
        for count in [0, 1, 2, 3, 7, 1000] {
            let items: Vec<usize> = (0..count).collect();
            let mut taken = Vec::new();
            let done = in_order(
                &items,
                |at| {
                    (0..*at % 7 * 1000).fold(*at, |sum, next| std::hint::black_box(sum + next % 2 - next % 2))
                },
                |at| -> Result<(), ()> {
                    taken.push(at);
                    Ok(())
                },
            );
            assert_eq!((done, taken), (Ok(()), items));
        }
    }

    #[test]
    fn after_an_error_little_more_is_begun() {
        let begun = AtomicUsize::new(0);
        let items = vec![(); 100_000];
        let mut taken = 0;
        let done = in_order(
            &items,
            |()| begun.fetch_add(1, Ordering::Relaxed),
            |_| {
                taken += 1;
                if taken == 100 { Err("enough") } else { Ok(()) }
            },
        );
        assert_eq!((done, taken), (Err("enough"), 100));
        assert!(begun.into_inner() < items.len());
    }

    #[test]
    fn a_panic_is_passed_on() {
        let items: Vec<usize> = (0..100).collect();
        let result = std::panic::catch_unwind(|| {
            in_order(&items, |at| assert!(*at != 50, "the fiftieth"), |()| Ok::<(), ()>(()))
        });
        assert!(result.is_err());
    }
}
