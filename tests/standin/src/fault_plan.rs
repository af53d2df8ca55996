//! Which request meets which fault: drawn from a seed, so that a failure can be repeated.

use std::collections::HashMap;

use crate::faults::Fault;
use crate::random::draw;
use crate::services::Service;

/// What is to go wrong. Each distinct request (method and target) has its own count.
#[derive(Debug, Default)]
pub(crate) struct FaultPlan {
    rule: Rule,
    met: HashMap<String, u32>,
}

#[derive(Debug, Default)]
enum Rule {
    #[default]
    Calm,
    Always(Fault),
    First {
        fault: Fault,
        seed: u64,
        times: u32,
    },
    Various {
        faults: Vec<Fault>,
        seed: u64,
        times: u32,
    },
}

/// A plan for all services, and plans for single ones that take its place there.
#[derive(Debug, Default)]
pub(crate) struct FaultPlans {
    everywhere: FaultPlan,
    at: HashMap<Service, FaultPlan>,
}

impl FaultPlans {
    /// From now on this is the only plan.
    pub(crate) fn everywhere(plan: FaultPlan) -> FaultPlans {
        FaultPlans {
            everywhere: plan,
            at: HashMap::new(),
        }
    }

    pub(crate) fn at(&mut self, service: Service, plan: FaultPlan) {
        self.at.insert(service, plan);
    }

    pub(crate) fn of(&mut self, service: Service) -> &mut FaultPlan {
        self.at.get_mut(&service).unwrap_or(&mut self.everywhere)
    }
}

/// A fault for one reply, with the number that settles its details (where the cut is).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Injected {
    pub(crate) fault: Fault,
    pub(crate) detail: u64,
}

impl FaultPlan {
    pub(crate) fn calm() -> FaultPlan {
        FaultPlan::default()
    }

    pub(crate) fn always(fault: Fault) -> FaultPlan {
        FaultPlan::with(Rule::Always(fault))
    }

    pub(crate) fn first(fault: Fault, seed: u64, times: u32) -> FaultPlan {
        FaultPlan::with(Rule::First { fault, seed, times })
    }

    pub(crate) fn various(faults: Vec<Fault>, seed: u64, times: u32) -> FaultPlan {
        FaultPlan::with(Rule::Various {
            faults,
            seed,
            times,
        })
    }

    fn with(rule: Rule) -> FaultPlan {
        FaultPlan {
            rule,
            met: HashMap::new(),
        }
    }

    /// The fault that this request meets, if any of those that are possible for it; counts it.
    pub(crate) fn next(
        &mut self,
        request: &str,
        is_possible: impl Fn(Fault) -> bool,
    ) -> Option<Injected> {
        let met = self.met.entry(request.to_owned()).or_default();
        let attempt = u64::from(*met).to_le_bytes();
        let detail = |seed| draw(seed, &[request.as_bytes(), b"detail", &attempt]);
        let injected = match &self.rule {
            Rule::Calm => None,
            Rule::Always(fault) => is_possible(*fault).then(|| Injected {
                fault: *fault,
                detail: detail(0),
            }),
            Rule::First { fault, seed, times } => {
                let fails = is_possible(*fault) && *met < share(*seed, request, *times);
                fails.then(|| Injected {
                    fault: *fault,
                    detail: detail(*seed),
                })
            }
            Rule::Various {
                faults,
                seed,
                times,
            } => {
                let possible: Vec<Fault> =
                    faults.iter().copied().filter(|f| is_possible(*f)).collect();
                let fails = !possible.is_empty() && *met < share(*seed, request, *times);
                fails.then(|| {
                    let which = draw(*seed, &[request.as_bytes(), b"which", &attempt]);
                    Injected {
                        fault: possible[(which % possible.len() as u64) as usize],
                        detail: detail(*seed),
                    }
                })
            }
        };
        *met += u32::from(injected.is_some());
        injected
    }
}

/// How many of the first replies to `request` fail: 1 to `times`, drawn from the seed.
fn share(seed: u64, request: &str, times: u32) -> u32 {
    if times == 0 {
        return 0;
    }
    1 + (draw(seed, &[request.as_bytes(), b"share"]) % u64::from(times)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_distinct_request_fails_at_least_once_and_at_most_so_often() {
        let mut plan = FaultPlan::first(Fault::InternalError, 7, 3);
        for target in ["GET /a", "GET /b", "GET /c", "GET /d"] {
            let failures = (0..10)
                .filter(|_| plan.next(target, |_| true).is_some())
                .count();
            assert!((1..=3).contains(&failures), "{target}: {failures}");
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_faults() {
        let faults = |seed| {
            let mut plan = FaultPlan::various(Fault::ALL.to_vec(), seed, 3);
            (0..20)
                .map(|i| {
                    let injected = plan.next(&format!("GET /{}", i % 5), |_| true);
                    injected.map(|injected| injected.fault)
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(faults(1), faults(1));
        assert_ne!(faults(1), faults(2));
    }
}
