import { describe, expect, it } from 'vitest';
import type { ReadFailure } from '../../lambda/core/model.ts';
import { afterRefusal } from '../../lambda/core/refused-kubelet.ts';
import { factsWith } from './controls/facts-with.ts';

const ca = 'authentication.x509.clientCAFile';
const refused: ReadFailure = { via: 'configz', kind: 'kubelet-refused', because: '401' };
const ssm = { ...factsWith({}), via: 'ssm', notes: ['seen from afar'] } as const;

describe('a kubelet that refused the API server', () => {
  it('is told of beside the client CA that another source found, with what it may be', () => {
    expect(afterRefusal(ssm, [refused]).notes).toEqual([
      'seen from afar',
      expect.stringMatching(
        /refused the API server although .* not be the CA that signs .*, or it was not restarted since/,
      ),
    ]);
  });

  it('cannot be waiting for a restart where the handshake shows what runs', () => {
    expect(afterRefusal({ ...ssm, via: 'tls' }, [refused]).notes[1]).not.toContain('restarted');
  });

  it('needs no word where it has no client CA, or where its setting is not known', () => {
    const unset = { ...ssm, settings: factsWith({ [ca]: '' }).settings };
    const unknown = { ...ssm, settings: { ...ssm.settings, [ca]: { state: 'unknown', because: 'twice' } as const } };
    for (const facts of [unset, unknown]) expect(afterRefusal(facts, [refused])).toBe(facts);
  });

  it('is another one than a kubelet that could not be reached', () => {
    expect(afterRefusal(ssm, [{ ...refused, kind: 'unreadable' }])).toBe(ssm);
  });
});
