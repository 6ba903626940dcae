import { describe, expect, it } from 'vitest';
import { clientCaFile } from '../../../../lambda/core/judge/controls/client-ca-file.ts';
import { factsWith } from './facts-with.ts';

const ca = 'authentication.x509.clientCAFile';

describe('kubelet-client-ca-file', () => {
  it('passes when a client CA is set, with what was seen and where it came from', () => {
    expect(clientCaFile.judge(factsWith({ [ca]: '/etc/kubernetes/pki/ca.crt' }))).toEqual({
      status: 'pass',
      evidence: {
        setting: ca,
        value: '/etc/kubernetes/pki/ca.crt',
        expected: 'a path to a CA bundle',
        origin: { from: 'running' },
        via: 'configz',
        notes: [],
      },
    });
  });

  it.each(['', undefined])('fails when the value is known to be %j', (value) => {
    expect(clientCaFile.judge(factsWith({ [ca]: value }))).toMatchObject({
      status: 'fail',
      evidence: { value: '(not set)' },
    });
  });

  it('is unknown, with the reason, when the setting is', () => {
    const facts = factsWith({});
    const unclear = {
      ...facts,
      settings: { ...facts.settings, [ca]: { state: 'unknown', because: 'two spellings' } as const },
    };
    expect(clientCaFile.judge(unclear)).toEqual({ status: 'unknown', because: 'two spellings' });
  });

  it.each([
    [
      'anonymous clients are let in',
      { 'authentication.anonymous.enabled': true },
      'the client CA protects little here: authentication.anonymous.enabled is true',
    ],
    [
      'everything is allowed',
      { 'authorization.mode': 'AlwaysAllow' },
      'the client CA protects little here: authorization.mode is AlwaysAllow',
    ],
    [
      'both',
      { 'authentication.anonymous.enabled': true, 'authorization.mode': 'AlwaysAllow' },
      'the client CA protects little here: authentication.anonymous.enabled is true and authorization.mode is AlwaysAllow',
    ],
  ])('still passes when %s, and says that the CA protects little then', (_, open, note) => {
    expect(clientCaFile.judge(factsWith(open))).toMatchObject({ status: 'pass', evidence: { notes: [note] } });
  });

  it('hands on the notes of the facts', () => {
    expect(clientCaFile.judge({ ...factsWith({}), notes: ['seen from afar'] })).toMatchObject({
      evidence: { notes: ['seen from afar'] },
    });
  });

  it('shows a hostile value bounded and printable', () => {
    const verdict = clientCaFile.judge(factsWith({ [ca]: `\u001b[2J/${'x'.repeat(4000)}` }));
    expect(verdict).toMatchObject({ status: 'pass', evidence: { value: expect.stringMatching(/^\/x{200,}…$/) } });
  });
});
