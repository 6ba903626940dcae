import type { Via } from '../../../model/model.ts';
import type { CaBundleFacts, CaCertificate } from '../../../model/node-facts.ts';
import type { SettingPath } from '../../../model/settings.ts';
import { printable } from '../../../model/text/printable.ts';
import { absolutePath } from '../../../read/kubelet/absolute-path.ts';
import type { Control, JudgeOptions } from '../../control.ts';
import { clientCaFile } from '../client-ca-file.ts';
import { describe, nameOf, titleOf } from './about.ts';
import { evidence, shown } from './evidence.ts';

const setting = 'authentication.x509.clientCAFile' satisfies SettingPath;
const about = { kind: 'content', setting } as const;

/** What a check makes of the file. `seen` is what a person should know of it, as the evidence's value. */
export type BundleRuling =
  | { readonly holds: boolean; readonly seen: string; readonly notes?: readonly string[] }
  | { readonly unclear: string };

interface Definition extends Pick<Control, 'slug' | 'failure' | 'expected' | 'severity' | 'remedy' | 'caveats'> {
  /** What is required, as the title's first half: `Client CA file of the kubelet must hold the CA of the cluster`. */
  readonly must: string;
  /** Why it matters; given how a person names the file. */
  readonly why: (file: string) => string;
  readonly rule: (bundle: CaBundleFacts, options: JudgeOptions) => BundleRuling;
}

/**
 * An own check of the file at the path of the client CA. It has no number in any benchmark and never changes the verdict of the control that has one:
 * by the benchmark's letter a path is enough.
 */
export function clientCaControl({ must, why, rule, caveats = [], ...rest }: Definition): Control {
  return {
    ...rest,
    about,
    title: titleOf(must, about),
    rationale: why(describe(about)),
    numbers: {},
    suspectWhenRefused: false,
    caveats: ['Only SSM looks into the file: where configz answers, --complete is needed.', ...caveats],
    judge: (facts, options = {}) => {
      const fact = facts.settings[setting];
      if (fact.state === 'unknown') return { status: 'unknown', because: fact.because };
      const running = runningPath(options);
      const pending = running === undefined ? fact.pendingRestart : undefined;
      if (fact.value === undefined || fact.value === '') {
        if (running !== undefined)
          return {
            status: 'unknown',
            because: `the kubelet runs with ${running}, which its files do not name any more`,
          };
        return pending === undefined
          ? { status: 'not-applicable', because: noneSet }
          : { status: 'unknown', because: `which client CA runs is not known: ${pending}` };
      }

      const bundle = facts.clientCa;
      if (bundle === undefined) return { status: 'unknown', because: notSeen[facts.via] };

      const ruling = rule(bundle, options);
      if ('unclear' in ruling) return { status: 'unknown', because: ruling.unclear };

      const { holds, seen, notes = [] } = ruling;
      if (holds && pending !== undefined)
        return {
          status: 'unknown',
          because: `which client CA runs is not known: ${pending}; ${printable(bundle.path)} is that of the next start`,
        };
      const origin = { from: 'node', file: printable(bundle.path, 300) } as const;
      return {
        status: holds ? 'pass' : 'fail',
        evidence: evidence({
          facts,
          setting: nameOf(about),
          fact: { value: seen, origin },
          expected: rest.expected,
          notes: [...notes, ...anotherRuns(running, bundle.path)],
        }),
      };
    },
  };
}

/** The certificates of the file, or why nothing can be said of them. */
export function certificatesOf(
  bundle: CaBundleFacts,
): { readonly certificates: readonly CaCertificate[] } | { readonly unclear: string } {
  const path = printable(bundle.path);

  switch (bundle.state) {
    case 'read':
      return bundle.certificates.length > 0 ? bundle : { unclear: `${path} holds no certificate; ${keptInMemory}` };
    case 'gone':
      return { unclear: `${path} is gone; ${keptInMemory}` };
    case 'unreadable':
      return { unclear: `${path} could not be looked into: ${printable(bundle.because, 300)}` };
  }
}

/** A certificate in the words of a reader: its name, and enough of its fingerprint to find it. */
export const named = ({ subject, sha256 }: CaCertificate): string => `${subject} (SHA-256 ${sha256.slice(0, 16)}…)`;

/** The client CA that the kubelet runs with, where another source shows it. */
function runningPath({ otherFacts = [] }: JudgeOptions): string | undefined {
  const facts = otherFacts.map((each) => each.settings[setting]);
  const running = facts.find((fact) => fact.state === 'known' && fact.origin.from === 'running');
  return running?.state === 'known' && running.value ? shown(running.value) : undefined;
}

/** The file that was looked into is the one of the next start. */
const anotherRuns = (running: string | undefined, path: string): readonly string[] =>
  running === undefined || (absolutePath(running, undefined) ?? running) === path
    ? []
    : [`the running kubelet took its client CA from another file, ${running}`];

const noneSet = `no client CA is set, so there is no such file: ${clientCaFile.slug} judges that`;

const keptInMemory = 'the certificates that the kubelet read before are not known';

/** One wording for all of these checks: reports tell it once for a node. */
const notSeen: Readonly<Record<Via, string>> = {
  direct: 'what the client CA file holds is seen by SSM only',
  configz: 'what the client CA file holds is seen by SSM only',
  tls: 'what the client CA file holds is seen by SSM only',
  wire: 'what the client CA file holds is seen by SSM only',
  files: 'what the client CA file holds was not saved',
  ssm: 'the probe did not look into the client CA file of this node',
};
