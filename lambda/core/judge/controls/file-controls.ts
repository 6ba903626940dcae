import type { FileFact, FileFacts } from '../../model/node-facts.ts';
import type { Control } from '../control.ts';
import { describe, nameOf, titleOf } from './shared/about.ts';
import { evidence, notSeenBy } from './shared/evidence.ts';
import { numbered } from './shared/numbered.ts';

type KnownFile = Extract<FileFact, { readonly state: 'known' }>;

const files = {
  kubeconfig: {
    name: 'Kubeconfig file of the kubelet',
    short: 'kubeconfig',
    reason:
      'A user who may write this file chooses which API server the kubelet obeys and with which credentials it speaks to it.',
  },
  config: {
    name: 'Configuration file of the kubelet',
    short: 'configuration file',
    reason: 'A user who may write this file chooses whom the kubelet trusts after its next start.',
  },
} as const satisfies Record<keyof FileFacts, unknown>;

const properties = {
  mode: {
    must: 'have mode 644 or stricter',
    wrong: 'open to others',
    expected: '644 or stricter',
    holds: ({ mode }: KnownFile) => (mode & 0o7777 & ~0o644) === 0,
    shown: ({ mode }: KnownFile) => (mode & 0o7777).toString(8).padStart(3, '0'),
  },
  owner: {
    must: 'be owned by user and group root',
    wrong: 'not owned by root',
    expected: 'root:root',
    holds: ({ owner, group }: KnownFile) => owner === 'root' && group === 'root',
    shown: ({ owner, group }: KnownFile) => `${owner}:${group}`,
  },
} as const;

const notSeen = {
  onlyBySsm: 'modes and owners are seen by SSM only',
  files: 'saved files do not keep the modes and owners that they had on the node',
  ssm: 'the probe sent no modes and owners of this node',
};

/** A file that the kubelet trusts: only root may own or write it. Source: CIS Amazon EKS Benchmark 3.1. */
function fileControl(
  file: keyof FileFacts,
  property: keyof typeof properties,
  stig: string,
  versions: Parameters<typeof numbered>[0],
): Control {
  const about = { kind: 'file', file, property } as const;
  const { name, short, reason } = files[file];
  const { must, wrong, expected, holds, shown } = properties[property];
  return {
    slug: `kubelet-${file}-${property}`,
    about,
    title: titleOf(`${name} must ${must}`, about),
    failure: `${short} ${wrong}`,
    rationale: `${reason} The ${describe(about)} decides who that is.`,
    expected,
    severity: 'MEDIUM',
    numbers: numbered(versions),
    alsoKnownAs: { stig },
    suspectWhenRefused: false,
    caveats: [
      'Only SSM sees modes and owners: from configz, saved files or the TLS handshake alone the verdict is unknown.',
      'A file that is not there is unknown, not failed: whatever the kubelet read when it started can no longer be looked at.',
    ],
    judge: (facts) => {
      const fact = facts.files?.[file];
      if (fact === undefined) return { status: 'unknown', because: notSeenBy(facts, notSeen) };
      if (fact.state === 'unknown') return { status: 'unknown', because: fact.because };
      if (fact.state === 'not-named')
        return { status: 'not-applicable', because: `the kubelet runs without --${file}, so there is no such file` };

      const seen = { value: shown(fact), origin: { from: 'node', file: fact.path } } as const;
      return {
        status: holds(fact) ? 'pass' : 'fail',
        evidence: evidence({ facts, setting: nameOf(about), fact: seen, expected }),
      };
    },
  };
}

export const kubeconfigMode = fileControl('kubeconfig', 'mode', 'V-242452', {
  '1.2.0 to 1.4.0': '3.1.1 M',
  '1.5.0 to 2.0.0': '3.1.1 A',
});
export const kubeconfigOwner = fileControl('kubeconfig', 'owner', 'V-242453', {
  '1.2.0': '3.1.2 M',
  '1.4.0 to 2.0.0': '3.1.2 A',
});
export const configMode = fileControl('config', 'mode', 'V-242407', {
  '1.2.0': '3.1.3 M',
  '1.4.0 to 2.0.0': '3.1.3 A',
});
export const configOwner = fileControl('config', 'owner', 'V-242406', {
  '1.2.0': '3.1.4 M',
  '1.4.0 to 2.0.0': '3.1.4 A',
});
