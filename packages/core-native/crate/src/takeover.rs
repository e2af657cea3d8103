//! Tests: every order in which the steps of engines can come, in a model of a lock, its holder's death and the takeover, by depth-first search.
//!
//! Two live engines and one that may die at each of its steps work on one shard; each call adds 1 to two words that have to stay alike,
//! as undo.rs does it: takes the lock, writes down what was there, adds, commits, gives the lock back. Who waits may find the holder dead.

use std::collections::HashSet;

/// What an engine is about to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Step {
    Lock,
    LogFirst,
    WriteFirst,
    LogSecond,
    WriteSecond,
    Commit,
    Unlock,
    /// Took the slot of the dead: then undoes, frees the lock, and gives the slot back.
    UndoLast(usize),
    UndoAll(usize),
    Free(usize),
    LetGo(usize),
    Done,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct World {
    /// 0, or 1 + who holds it.
    lock: usize,
    words: [u8; 2],
    /// Of each engine, what it has written down.
    logs: [Vec<(usize, u8)>; ENGINES],
    steps: [Step; ENGINES],
    /// Who holds the lock on the byte of each slot: itself while it lives, nobody, or who puts things right.
    slots: [Option<usize>; ENGINES],
    dead: [bool; ENGINES],
    /// Calls that were committed.
    done: u8,
}

const ENGINES: usize = 3;

impl World {
    /// What the world is after the next step of an engine; nothing where it can only wait.
    fn after(&self, me: usize) -> Option<Self> {
        let mut world = self.clone();
        let next = match self.steps[me] {
            Step::Lock if self.lock == 0 => {
                world.lock = me + 1;
                Step::LogFirst
            }
            Step::Lock => {
                // Whose byte nobody holds is dead: who gets it is alone with what it left.
                let holder = self.lock - 1;
                if holder == me || self.slots[holder].is_some() {
                    return None;
                }
                world.slots[holder] = Some(me);
                Step::UndoLast(holder)
            }
            Step::LogFirst => {
                world.logs[me].push((0, self.words[0]));
                Step::WriteFirst
            }
            Step::WriteFirst => {
                world.words[0] += 1;
                Step::LogSecond
            }
            Step::LogSecond => {
                world.logs[me].push((1, self.words[1]));
                Step::WriteSecond
            }
            Step::WriteSecond => {
                world.words[1] += 1;
                Step::Commit
            }
            Step::Commit => {
                world.logs[me].clear();
                world.done += 1;
                Step::Unlock
            }
            Step::Unlock => {
                world.lock = 0;
                Step::Done
            }
            // An undo that is itself cut leaves the log as it was: the next begins again from its end.
            Step::UndoLast(dead) => {
                if let Some((word, was)) = self.logs[dead].last() {
                    world.words[*word] = *was;
                }
                Step::UndoAll(dead)
            }
            Step::UndoAll(dead) => {
                for (word, was) in self.logs[dead].iter().rev() {
                    world.words[*word] = *was;
                }
                world.logs[dead].clear();
                Step::Free(dead)
            }
            Step::Free(dead) => {
                if self.lock == dead + 1 {
                    world.lock = 0;
                }
                Step::LetGo(dead)
            }
            Step::LetGo(dead) => {
                world.slots[dead] = None;
                Step::Lock
            }
            Step::Done => return None,
        };
        world.steps[me] = next;
        Some(world)
    }

    fn killed(&self, me: usize) -> Self {
        let mut world = self.clone();
        world.dead[me] = true;
        // The kernel drops all that it held.
        for slot in &mut world.slots {
            if *slot == Some(me) {
                *slot = None;
            }
        }
        world
    }
}

/// Goes through all that can come of a world, where so many may still die.
fn explore(world: &World, seen: &mut HashSet<World>) {
    if !seen.insert(world.clone()) {
        return;
    }
    // Who has the lock and has not written sees a whole table.
    for me in 0..ENGINES {
        if !world.dead[me] && world.steps[me] == Step::LogFirst {
            assert_eq!(world.lock, me + 1, "{world:?}");
            assert_eq!(world.words, [world.done; 2], "half a call is seen: {world:?}");
        }
    }
    let mut can_go_on = false;
    for me in 0..ENGINES {
        if world.dead[me] {
            continue;
        }
        if let Some(next) = world.after(me) {
            can_go_on = true;
            explore(&next, seen);
        }
        // All but the last may die, at any time: also who puts things right.
        if me > 0 && world.steps[me] != Step::Done {
            explore(&world.killed(me), seen);
        }
    }
    if !can_go_on {
        let is_done = (0..ENGINES).all(|me| world.dead[me] || world.steps[me] == Step::Done);
        assert!(is_done, "somebody waits for ever: {world:?}");
    }
}

#[test]
fn a_lock_is_taken_over_once_and_whole_in_every_order_of_steps() {
    let world = World {
        lock: 0,
        words: [0; 2],
        logs: [const { Vec::new() }; ENGINES],
        steps: [Step::Lock; ENGINES],
        slots: std::array::from_fn(Some),
        dead: [false; ENGINES],
        done: 0,
    };
    let mut seen = HashSet::new();
    explore(&world, &mut seen);
    assert!(seen.len() > 1_000, "{}", seen.len());
}
