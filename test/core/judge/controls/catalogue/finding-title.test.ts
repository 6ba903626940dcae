import { expect, it } from 'vitest';
import { findControl } from '../../../../../lambda/core/judge/controls/catalogue/find-control.ts';
import { controls } from '../../../../../lambda/core/judge/controls/index.ts';
import { findingTitle } from '../../../../../lambda/core/judge/controls/shared/about.ts';

it('is another one for every control', () => {
  expect(new Set(controls.map(findingTitle)).size).toBe(controls.length);
});

// Runbooks of Automated Security Response are looked up by it.
it('stays as it is for the client CA control', () => {
  const title = 'Kubelet must authenticate API server connections with a client CA - clientCAFile';
  expect(findingTitle(findControl('kubelet-client-ca-file')!)).toBe(title);
});

it('has no characters that Automated Security Response would clean away', () => {
  const title = 'Only root: the file (of --config) is 644';
  expect(findingTitle({ slug: 'kubelet-x', title })).toBe('Only root the file of --config is 644');
  expect(findingTitle({ slug: 'kubelet-x', title: '«»' })).toBe('kubelet-x');
  expect(findingTitle({ slug: 'kubelet-x', title: 'x'.repeat(400) })).toMatch(/^x{100,200}$/);
});
