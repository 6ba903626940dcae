import * as z from 'zod/mini';
import type { KubeletFacts, Origin, ReadFailure, SettingFact } from '../../../model/model.ts';
import type { FileFact, FileFacts } from '../../../model/node-facts.ts';
import { err, ok, type Result } from '../../../model/result.ts';
import type { SettingPath, SettingValue } from '../../../model/settings.ts';
import { jsonOf, printable } from '../../../model/text/words.ts';
import { settingFacts, unknownFact } from '../setting-facts.ts';
import type { CommandOutput } from './probe-answer.ts';

/** What Bottlerocket's API says of its kubelet. */
export interface BottlerocketFacts {
  readonly facts: KubeletFacts;
  /** PEM of what fills the client CA's file; absent when no client CA is set, or the API did not tell. */
  readonly clientCa?: { readonly path: string; readonly pem: string };
}

/** Paths that Bottlerocket has in its source (`bloodhound`, `kubernetes-cis-checks/checks.rs`); no setting changes them. */
const configFile = '/etc/kubernetes/kubelet/config';
const kubeconfigFile = '/etc/kubernetes/kubelet/kubeconfig';
const clientCaFile = '/etc/kubernetes/pki/ca.crt';

const reportSchema = z.object({
  results: z.record(
    z.string().check(z.maxLength(60)),
    z.object({
      id: z.string().check(z.maxLength(20)),
      title: z.string().check(z.maxLength(500)),
      status: z.enum(['PASS', 'FAIL', 'SKIP']),
      error: z._default(z.string().check(z.maxLength(1000)), ''),
    }),
  ),
});
type Check = z.infer<typeof reportSchema>['results'][string];

const settingsSchema = z.object({
  settings: z.optional(
    z.object({
      kubernetes: z.optional(
        z.object({
          'standalone-mode': z.optional(z.boolean()),
          'cluster-certificate': z.optional(z.base64().check(z.maxLength(65_536))),
        }),
      ),
    }),
  ),
});

/**
 * The kubelet's facts out of Bottlerocket's own CIS report and of two of its settings. The report looks at the configuration file and says no
 * values, so only what follows from PASS or FAIL with certainty is known. A check is taken by its number and its title: numbers move between
 * versions of the report.
 */
export function bottlerocketFacts(output: {
  readonly report: CommandOutput;
  readonly settings: CommandOutput;
}): Result<BottlerocketFacts, ReadFailure> {
  const checks = readChecks(output.report);
  const settings = readOutput(output.settings, settingsSchema);
  const kubernetes = settings.ok ? settings.value.settings?.kubernetes : undefined;
  const standalone = kubernetes?.['standalone-mode'] === true;

  if (!checks.ok && !standalone) {
    return err({
      via: 'ssm',
      kind: 'unreadable',
      because: `Bottlerocket's report (apiclient report cis-k8s) cannot be used: ${checks.error}`,
    });
  }

  const found = checks.ok ? checks.value : [];
  const facts: KubeletFacts = {
    via: 'ssm',
    settings: settingFacts((path) => settingFact(path, found, standalone)),
    files: filesOf(found),
    notes: [
      "from Bottlerocket's own CIS report, which looks at the configuration file: its shell sees neither the kubelet's process nor its files",
      ...(standalone
        ? ['settings.kubernetes.standalone-mode is on: this kubelet serves no cluster and has no client CA']
        : []),
    ],
  };

  const pem = kubernetes?.['cluster-certificate'];
  const ca = facts.settings['authentication.x509.clientCAFile'];
  const isSet = ca.state === 'known' && ca.value !== '';
  return ok({ facts, ...(isSet && pem && { clientCa: { path: clientCaFile, pem: atob(pem) } }) });
}

function readChecks(report: CommandOutput): Result<readonly Check[], string> {
  const parsed = readOutput(report, reportSchema);
  if (!parsed.ok) return parsed;

  const checks = Object.values(parsed.value.results);
  const ids = new Set(checks.map(({ id }) => id));
  return ids.size === checks.length ? ok(checks) : err('it holds one number twice');
}

function readOutput<T>(output: CommandOutput, schema: z.ZodMiniType<T>): Result<T, string> {
  if (output.status === 'refused') return err(output.because);

  const parsed = schema.safeParse(jsonOf(output.text));
  return parsed.success ? ok(parsed.data) : err('it is not the JSON that Bottlerocket writes');
}

interface Rule {
  /** The check's number in the CIS Kubernetes Benchmark, and a word that its title must have. */
  readonly id: string;
  readonly title: RegExp;
  /** What follows from each outcome; what is left out does not tell the value. */
  readonly pass?: SettingValue;
  readonly fail?: SettingValue;
  /** This outcome also passes where the file cannot be parsed, so it counts only beside a check that did parse it. */
  readonly passesUnparsed?: true;
  /** The value in standalone mode, whatever the report says. */
  readonly standalone?: SettingValue;
  /** What a skipped check is a sign of. */
  readonly whenSkipped?: string;
}

/** Source: bottlerocket-core-kit `sources/bloodhound/src/bin/kubernetes-cis-checks/checks.rs`, the kubelet's configuration template. */
const rules: Partial<Readonly<Record<SettingPath, Rule>>> = {
  'authentication.x509.clientCAFile': {
    id: '4.2.3',
    title: /client-ca-file/,
    pass: clientCaFile,
    standalone: '',
    whenSkipped: 'a configuration file without a client CA looks just so to it, so the control most likely fails',
  },
  'authentication.anonymous.enabled': {
    id: '4.2.1',
    title: /anonymous-auth/,
    pass: false,
    fail: true,
    standalone: true,
  },
  'authorization.mode': {
    id: '4.2.2',
    title: /authorization-mode/,
    pass: 'Webhook',
    fail: 'AlwaysAllow',
    standalone: 'AlwaysAllow',
  },
  readOnlyPort: {
    id: '4.2.4',
    title: /readOnlyPort|read-only-port/,
    pass: 0,
    whenSkipped: 'a configuration file without this key looks just so to it',
  },
  makeIPTablesUtilChains: {
    id: '4.2.6',
    title: /make-iptables-util-chains/,
    pass: true,
    fail: false,
    passesUnparsed: true,
  },
  rotateCertificates: { id: '4.2.10', title: /rotate-certificates/, pass: true },
  'featureGates.RotateKubeletServerCertificate': {
    id: '4.2.11',
    title: /RotateKubeletServerCertificate/,
    pass: true,
    fail: false,
    passesUnparsed: true,
  },
};

function settingFact(path: SettingPath, checks: readonly Check[], standalone: boolean): SettingFact {
  const rule = rules[path];
  if (!rule) return unknownFact("Bottlerocket's report has no value of this setting");

  const fact = reportedFact(rule, checks);
  if (!standalone || rule.standalone === undefined) return fact;

  if (fact.state === 'known' && fact.value !== rule.standalone)
    return unknownFact(`Bottlerocket's report (${rule.id}) and its setting standalone-mode contradict each other`);
  return { state: 'known', value: rule.standalone, origin: standaloneSetting };
}

const standaloneSetting: Origin = { from: 'node', file: 'setting kubernetes.standalone-mode' };

function reportedFact(rule: Rule, checks: readonly Check[]): SettingFact {
  const check = checkOf(checks, rule.id, rule.title);
  if (!check) return unknownFact(`Bottlerocket's report has no check ${rule.id} of this setting`);

  const said = `Bottlerocket's report says ${check.status} of ${rule.id}${check.error && ` (${printable(check.error, 120)})`}`;
  if (check.status === 'SKIP') return unknownFact([said, ...(rule.whenSkipped ? [rule.whenSkipped] : [])].join('; '));
  if (rule.passesUnparsed && checkOf(checks, '4.2.1', /anonymous-auth/)?.status === 'SKIP')
    return unknownFact(`${said}, as it does of a configuration file that it cannot parse`);

  const value = check.status === 'PASS' ? rule.pass : rule.fail;
  return value === undefined
    ? unknownFact(`${said}, and not what the value is`)
    : { state: 'known', value, origin: { from: 'file', file: configFile } };
}

const checkOf = (checks: readonly Check[], id: string, title: RegExp): Check | undefined =>
  checks.find((check) => check.id === id && title.test(check.title));

const filesOf = (checks: readonly Check[]): FileFacts => ({
  kubeconfig: reportedFile(checks, { path: kubeconfigFile, mode: '4.1.5', owner: '4.1.6' }),
  config: reportedFile(checks, { path: configFile, mode: '4.1.9', owner: '4.1.10' }),
});

/** A pass says "this mode or stricter", so the loosest passing mode is used. */
function reportedFile(
  checks: readonly Check[],
  { path, mode, owner }: { readonly path: string; readonly mode: string; readonly owner: string },
): FileFact {
  const modeCheck = checkOf(checks, mode, /permissions/);
  const ownerCheck = checkOf(checks, owner, /ownership is set to root:root/);
  const loosest = /set to (600|640|644) or more restrictive/.exec(modeCheck?.title ?? '')?.[1];

  if (modeCheck?.status !== 'PASS' || ownerCheck?.status !== 'PASS' || loosest === undefined) {
    const said = `${modeCheck?.status ?? 'nothing'} of ${mode} and ${ownerCheck?.status ?? 'nothing'} of ${owner}`;
    return { state: 'unknown', because: `Bottlerocket's report says ${said}, and not mode and owner of ${path}` };
  }
  return { state: 'known', path, mode: Number.parseInt(loosest, 8), owner: 'root', group: 'root' };
}
