import fc from 'fast-check';

// A sabotage is noticed by no luck: the histories are the same each time, and the first that breaks the law is enough.
fc.configureGlobal({ seed: 1, endOnFailure: true });
