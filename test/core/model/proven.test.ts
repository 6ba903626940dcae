import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { KubeletFacts } from '../../../lambda/core/model/model.ts';
import { keptOf, proven, provenOnce } from '../../../lambda/core/model/proven.ts';
import { settingFacts } from '../../../lambda/core/read/kubelet/setting-facts.ts';
import { factsWith } from '../judge/controls/facts-with.ts';

const answer = { readAt: '2026-11-25T05:00:00.000Z', sha256: 'a'.repeat(64) };
const file = { state: 'known', path: '/c', mode: 0o644, owner: 'root', group: 'root' } as const;
const bare = { ...factsWith({}), settings: settingFacts(() => ({ state: 'unknown', because: 'no' })) };
const rich: KubeletFacts = {
  ...bare,
  via: 'ssm',
  files: { kubeconfig: file, config: { state: 'not-named' } },
  clientCa: { state: 'read', path: '/ca', certificates: [{ subject: 'CN=ü🙂\u007f', sha256: 'b', notAfter: '2036' }] },
  notes: ['a "note"', ''],
};

/** Keys sorted, no blanks, ASCII only: what jq -cSa prints. Made by hand of a few facts. */
const canonical = (facts: string, settings: Readonly<Record<string, unknown>>): string => {
  const paths = Object.keys(settings).toSorted();
  const each = paths.map((path) => `${JSON.stringify(path)}:{"because":"no","state":"unknown"}`);
  return `${facts.replace('SETTINGS', `{${each.join(',')}}`)}\n`;
};
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

it('hashes what is kept as anybody can make it again', () => {
  const kept = canonical('{"notes":[],"settings":SETTINGS,"via":"configz"}', bare.settings);
  expect(proven(bare, answer)).toStrictEqual({ ...bare, proof: { ...answer, keptSha256: hashOf(kept) } });
  const certificate = '{"notAfter":"2036","sha256":"b","subject":"CN=\\u00fc\\ud83d\\ude42\\u007f"}';
  const clientCa = `{"certificates":[${certificate}],"path":"/ca","state":"read"}`;
  const kubeconfig = '{"group":"root","mode":420,"owner":"root","path":"/c","state":"known"}';
  const files = `{"config":{"state":"not-named"},"kubeconfig":${kubeconfig}}`;
  const notes = '["a \\"note\\"",""]';
  const all = `{"clientCa":${clientCa},"files":${files},"notes":${notes},"settings":SETTINGS,"via":"ssm"}`;
  expect(proven(rich, answer).proof?.keptSha256).toBe(hashOf(canonical(all, rich.settings)));
});

it('hashes nothing of what has no value', () => {
  const path = 'authentication.x509.clientCAFile';
  const settings = settingFacts(() => ({ state: 'known', value: undefined, origin: { from: 'running' } }));
  const kept = JSON.parse(JSON.stringify(settings));
  expect(kept[path]).not.toHaveProperty('value');
  expect(proven({ ...bare, settings }, answer).proof).toEqual(proven({ ...bare, settings: kept }, answer).proof);
});

it('keeps what the node said, and no proof', () => {
  const { proof: _, ...kept } = proven(rich, answer);
  expect(keptOf(proven(rich, answer))).toStrictEqual(kept);
  expect(keptOf(proven(bare, answer))).toStrictEqual(bare);
  const flags = {} as NonNullable<KubeletFacts['flags']>;
  expect(keptOf({ ...bare, flags })).toStrictEqual({ ...bare, flags });
});

it('is the same for many nodes, equal or not, in any order', () => {
  const prove = provenOnce();
  const showing = (because: string): KubeletFacts => {
    const servingCertificate = { state: 'none', because, at: 'port 10250', isOfNode: true } as const;
    return { ...bare, via: 'direct', servingCertificate };
  };
  const otherSettings = settingFacts(() => ({ state: 'unknown', because: 'still not' }));
  const others = [bare, rich, { ...rich, notes: [] }, showing('a'), showing('b')];
  others.push({ ...showing('b'), settings: otherSettings });
  for (const facts of [...others, ...others.toReversed(), ...others]) {
    const own = { readAt: answer.readAt, sha256: hashOf(JSON.stringify(facts)) };
    expect(prove({ ...facts }, own)).toStrictEqual(proven(facts, own));
  }
});
