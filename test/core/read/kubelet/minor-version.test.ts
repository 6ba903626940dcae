import { expect, it } from 'vitest';
import { minorVersion } from '../../../../lambda/core/read/kubelet/known-versions.ts';

it.each([
  ['v1.34.9-eks-113cf36', 34],
  ['1.36.0', 36],
  ['v1.29', 29],
  ['1.30-rc.1', 30],
  ['1.31+x', 31],
  ['v1.100.0', 100],
  ['v1.9', 9],
])('takes %s for minor version %i', (version, minor) => {
  expect(minorVersion(version)).toBe(minor);
});

const others = 'v2.34.0 v1 v1. v1.x v1.34x v1.1234.0 xv1.34.0 vv1.34 v11.34 v1134.0';
it.each([undefined, '', ...others.split(' ')])('takes %s for none', (version) => {
  expect(minorVersion(version)).toBeUndefined();
});
