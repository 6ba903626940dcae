import { describe, expect, it } from 'vitest';
import { productName } from '../../../lambda/contract/names.ts';
import { version } from '../../../lambda/contract/version.ts';
import {
  callerText,
  type Manifest,
  manifestCaller,
  manifestOf,
  programText,
  settingOrigins,
} from '../../../lambda/core/model/manifest.ts';
import { err, ok } from '../../../lambda/core/model/result.ts';
import { auditedWith } from '../run/complete-run.ts';

const times = { startedAt: '2026-11-25T05:00:00.000Z', finishedAt: '2026-11-25T05:01:00.000Z' };
const manifest: Manifest = manifestOf({ ...auditedWith, ...times });

describe('a manifest', () => {
  it('is of this program, which was not bundled here', () => {
    expect(manifest).toStrictEqual({ program: { name: productName, version, commit: null }, ...auditedWith, ...times });
  });

  it('names the program in words', () => {
    const program = { name: 'eks-kubelet-audit', version: '1.2.3', commit: null };
    const unknown = 'of a commit that is not known: it was not bundled from a git checkout';
    expect(programText({ ...manifest, program })).toBe(`eks-kubelet-audit 1.2.3, ${unknown}`);
    const committed = programText({ ...manifest, program: { ...program, commit: '0a1b2c3-dirty' } });
    expect(committed).toBe('eks-kubelet-audit 1.2.3, commit 0a1b2c3-dirty');
  });

  it('says who audited, or why that is not known', () => {
    const arn = 'arn:aws:iam::111122223333:user/somebody';
    const known = manifestCaller(ok({ arn, more: 'nobody keeps it' }));
    expect(known).toStrictEqual({ arn });
    expect(callerText({ ...manifest, caller: known })).toBe(arn);

    const unknown = manifestCaller(err({ code: 'throttled', message: 'STS did not answer', remedy: 'try again' }));
    expect(unknown).toStrictEqual({ unknown: 'STS did not answer' });
    expect(callerText({ ...manifest, caller: unknown })).toBe('not known: STS did not answer');
  });

  it('knows where a setting may come from', () => {
    expect(settingOrigins).toEqual(['default', 'config file', 'environment', 'option']);
  });
});
