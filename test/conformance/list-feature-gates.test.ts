import { expect, it } from 'vitest';
import { gatesIn, joinedGates } from './list-feature-gates.ts';

const constants = `const (
  // Old featuregate.Feature = "Commented"
  Plain featuregate.Feature = "PlainGate"
  Called = featuregate.Feature("CalledGate")
  Untyped = "UntypedGate"
)`;
const maps = `${constants}
var one = map[featuregate.Feature]featuregate.FeatureSpec{
  Plain: {Default: true, PreRelease: featuregate.GA, LockToDefault: true}, // remove in 1.31
  other.Called: {Default: false, PreRelease: featuregate.Alpha},
}`;
const versioned = `${constants}
var two = map[featuregate.Feature]featuregate.VersionedSpecs{
  Called: {
    {Version: version.MustParse("1.29"), Default: false, PreRelease: featuregate.Alpha},
    {Version: version.MustParse("1.31"), Default: false, LockToDefault: true, PreRelease: featuregate.Deprecated}, // gone soon
    {Version: version.MustParse("1.33"), Default: false, LockToDefault: true},
  },
  Untyped: {
    {Version: version.MustParse("1.40"), Default: true},
  },
}
var needs = map[featuregate.Feature][]featuregate.Feature{ Plain: {}, Called: {Plain}, }`;

it('finds the gates of a version that has one specification of each, and of one that has its history', () => {
  const all = { AllAlpha: { since: 30 }, AllBeta: { since: 30 } };
  expect(gatesIn(maps, 30)).toEqual({ ...all, PlainGate: { since: 30, lockedOn: 30 }, CalledGate: { since: 30 } });
  expect(gatesIn(versioned, 30)).toEqual({ ...all, CalledGate: { since: 30 } });
  expect(gatesIn(versioned, 34)['CalledGate']).toEqual({ since: 34, lockedOff: 31 });
});

it('joins versions: since, locks and ends of each gate; a backport is older, and what is known of newer ones is kept', () => {
  const versions = [
    { minor: 30, gates: { A: { since: 30, lockedOn: 29 }, B: { since: 30 } } },
    { minor: 31, gates: { B: { since: 31, lockedOff: 31 }, OrderedNamespaceDeletion: { since: 31 } } },
  ];
  const before = { A: { since: 1 }, B: { since: 1, lockedOn: 3, goneFrom: 36 }, C: { since: 36 }, D: { since: 31 } };
  expect(joinedGates(versions, before)).toEqual({
    A: { since: 30, lockedOn: 30, goneFrom: 31 },
    B: { since: 30, lockedOff: 31, goneFrom: 36 },
    C: { since: 36 },
    OrderedNamespaceDeletion: { since: 30 },
  });
});
