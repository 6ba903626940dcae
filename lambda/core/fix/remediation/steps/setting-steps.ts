import type { Control } from '../../../judge/control.ts';
import type { NodeAudit, Origin } from '../../../model/model.ts';
import { type SettingPath, type SettingValue, settings } from '../../../model/settings.ts';
import { originText } from '../../../model/text/origin-text.ts';
import { printable, shellWord } from '../../../model/text/words.ts';
import { rewriteOf } from '../../../read/kubelet/node/nodeadm-files.ts';
import {
  argumentOf,
  type EditableKind,
  isKubeletPath,
  isSnapOption,
  nodePlaces,
  ownDropIn,
  wantedValue,
} from '../node-places.ts';
import { type Method, type NodeStep, nodeStep, type SkippedStep, type Survives } from '../plan.ts';
import { beyondRunbook } from '../run/runbook.ts';
import { deletedBy, type FoundSource, isRightAfterRestart, readingsOf, sourceOf } from './value-source.ts';

interface SettingStepsOptions {
  readonly control: Control;
  readonly setting: SettingPath;
  readonly kind: EditableKind;
  readonly audit: NodeAudit;
  readonly trust: readonly string[];
}

/**
 * The steps for one setting that fails on one node. Flags beat drop-ins, and drop-ins beat the file, so each bad value is fixed where it comes from.
 * A setting that only works together with it is set in the same restart.
 */
export function settingSteps(failing: SettingStepsOptions): readonly (NodeStep | SkippedStep)[] {
  const source = sourceOf(failing.setting, failing.audit);
  if (source.state === 'unknown') return [{ control: failing.control.slug, notPlanned: source.because }];
  if (isRightAfterRestart(failing.control, source)) return [restart(failing, source)];

  return [failing.setting, ...companions(failing)].map((setting) => {
    const own = sourceOf(setting, failing.audit);
    return own.state === 'found'
      ? edit({ ...failing, setting }, own)
      : { control: failing.control.slug, notPlanned: own.because };
  });
}

/** The gate alone renews nothing while the certificate is not asked of the cluster. */
function companions({ setting, audit }: SettingStepsOptions): readonly SettingPath[] {
  if (setting !== 'featureGates.RotateKubeletServerCertificate') return [];
  const source = sourceOf('serverTLSBootstrap', audit);
  return source.state === 'found' && source.fact.value === true ? [] : ['serverTLSBootstrap'];
}

function restart({ control, setting, audit, kind }: SettingStepsOptions, { fact, reading }: FoundSource): NodeStep {
  const rewrite = rewriteOf({ setting, origin: fact.origin, config: reading.files?.config, kind });
  const why = lostByRestart(audit);

  return nodeStep({
    control: control.slug,
    method: 'restart',
    // A kubelet that does not start with these files could not be given the ones before.
    by: 'person',
    because: `${originPhrase(fact.origin)} is right already, and the kubelet was not restarted since`,
    commands: restartCommandsOf(kind),
    survives: { reboot: !rewrite?.atBoot, replacement: false },
    cautions: [...(why === undefined ? [] : [why]), ...cautionsFor(setting, audit)],
  });
}

function edit(failing: SettingStepsOptions, source: FoundSource): NodeStep {
  const { control, setting, kind, audit, trust } = failing;
  // The one place in which the document on the node looks.
  const { clientCa } = nodePlaces[kind];
  const target = targetOf(setting, kind, source);
  const before = source.fact.origin.from === 'default' ? undefined : source.fact.value;
  const isClientCa = setting === 'authentication.x509.clientCAFile';
  const why =
    beyondRunbook(audit.node) ??
    (isClientCa && trust.length === 0 ? trustUnknown : undefined) ??
    target.because ??
    lostByRestart(audit);

  const after = wantedValue(setting, clientCa);
  return nodeStep({
    control: control.slug,
    method: target.method,
    by: why === undefined ? 'runbook' : 'person',
    because: target.reason,
    ...changeOf(setting, { before, after }, { kind, ...target }),
    survives: target.survives,
    cautions: [
      ...(why === undefined ? [] : [why]),
      ...(isClientCa ? [notLookedInto(clientCa)] : []),
      ...cautionsFor(setting, audit),
    ],
  });
}

const trustUnknown = 'the certificates of the cluster’s CA are not known, so that nothing can be compared with them';

const notLookedInto = (path: string): string =>
  `before it is named, ${path} must be there and hold the cluster’s CA (its SHA-256 is in this plan): the kubelet does not start otherwise`;

/** Why only a person may restart this kubelet: it runs with a CA that it would not find again. The document on the node refuses it too. */
const lostByRestart = (audit: NodeAudit): string | undefined =>
  readingsOf(audit).some(
    ({ clientCa }) => clientCa?.state === 'gone' || (clientCa?.state === 'read' && clientCa.certificates.length === 0),
  )
    ? 'its client CA file is missing or empty: put it back first (client-ca-file-present), since the kubelet does not start without it'
    : undefined;

/** The difference in its place, and what a person runs for it. */
function changeOf(
  setting: SettingPath,
  { before, after }: { readonly before: SettingValue | undefined; readonly after: SettingValue },
  { kind, method, file }: Pick<EditTarget, 'method' | 'file'> & { readonly kind: EditableKind },
): Pick<NodeStep, 'changes' | 'commands'> {
  const old = typeof before === 'string' ? printable(before, 300) : before;
  const argument = argumentOf(setting, after);
  const ofSnap = kind === 'ubuntu';
  if (method === 'systemd-arguments' || method === 'snap-arguments') {
    const was = old === undefined ? {} : { before: argumentOf(setting, old) };
    const places = ofSnap ? [snapPlace(setting)] : argumentPlaces(kind);
    const commands = [...(ofSnap ? [snapCommand(setting, argument)] : []), ...restartCommandsOf(kind)];
    return { changes: [{ kind: 'argument', places, ...was, after: argument }], commands };
  }

  // nodeadm writes JSON into its drop-ins too, and so does the runbook.
  const format = file !== undefined && /\.json$|nodeadm\.conf$|eks-kubelet-audit\.conf$/.test(file) ? 'json' : 'yaml';
  const place = { ...(file !== undefined && { file }), format, setting } as const;
  const change = { kind: 'setting', ...place, ...(old !== undefined && { before: old }), after } as const;
  return { changes: [change], commands: restartCommandsOf(kind) };
}

const snapPlace = (setting: SettingPath): string =>
  isSnapOption(setting) ? `sudo snap get kubelet-eks ${settings[setting].flag}` : 'sudo snap get kubelet-eks args';

/** Snap shows options to root only: without sudo what is there would be taken for nothing. */
function snapCommand(setting: SettingPath, argument: string): string {
  const option = argument.slice(2);
  // One option holds all gates: the others stay.
  if (setting.startsWith('featureGates.')) {
    const [gate = ''] = option.replace(/^feature-gates=/, '').split('=');
    const others = `$(sudo snap get kubelet-eks feature-gates | sed 's/,*${gate}=[a-z]*//')`;
    return `sudo snap set kubelet-eks feature-gates="${others},${gate}=true"`;
  }
  // The last one of a flag counts, so that it may stand behind what is there.
  return isSnapOption(setting)
    ? `sudo snap set kubelet-eks ${shellWord(option)}`
    : `sudo snap set kubelet-eks args="$(sudo snap get kubelet-eks args) ${argument}"`;
}

function argumentPlaces(kind: EditableKind): readonly string[] {
  const { argumentFiles, variable } = nodePlaces[kind];
  const [first, ...others] = argumentFiles;
  if (first === undefined) return ['the unit’s own files, as systemctl cat kubelet shows them'];
  return [`${first}${variable ? ` (${variable})` : ''}`, ...others];
}

/** The benchmark's last lines: reload the files, restart the kubelet, check its state. */
const restartCommandsOf = (kind: EditableKind): readonly string[] =>
  kind === 'ubuntu'
    ? ['sudo snap restart kubelet-eks', 'snap services kubelet-eks']
    : [
        'sudo systemctl daemon-reload',
        'sudo systemctl restart kubelet',
        'sudo systemctl status kubelet --no-pager --full',
      ];

/** What a value may break, before it is set. */
const ofSettings: Partial<Readonly<Record<SettingPath, string>>> = {
  'authorization.mode':
    'with Webhook the kubelet asks the API server who may do what: a client that has no right on nodes is refused from then on',
  readOnlyPort: 'whatever still reads port 10255 finds it closed',
  protectKernelDefaults:
    'the kubelet does not start where the kernel’s settings (vm.overcommit_memory, vm.panic_on_oom, kernel.panic, kernel.panic_on_oops, kernel.keys) are not as it wants them',
  serverTLSBootstrap:
    'the kubelet then asks the cluster for its serving certificate: until that request is approved, logs and exec fail',
  streamingConnectionIdleTimeout: 'Kubernetes has deprecated it, and newer kubelets do nothing with it',
};

export function cautionsFor(setting: SettingPath, { drift = [] }: Pick<NodeAudit, 'drift'>): readonly string[] {
  const others = drift.filter((each) => each.setting !== setting);
  return [
    ...(ofSettings[setting] ? [ofSettings[setting]] : []),
    ...others.map(
      (each) => `the restart also puts an earlier edit into effect: ${each.setting} becomes ${each.afterRestart}`,
    ),
  ];
}

/** Where a setting is changed on a node. */
export interface EditTarget {
  readonly method: Method;
  readonly file?: string;
  readonly reason: string;
  /** Why a person has to do it. */
  readonly because?: string;
  readonly survives: Survives;
}

/** By where the bad value comes from: flags beat drop-ins, drop-ins beat the file. */
export function targetOf(
  setting: SettingPath,
  kind: EditableKind,
  { fact: { origin }, reading: { files, dropInFolder } }: FoundSource,
): EditTarget {
  const byArgument = (why: string): EditTarget => ({
    method: kind === 'ubuntu' ? 'snap-arguments' : 'systemd-arguments',
    reason: `${setting}: ${why}`,
    // nodeadm writes the environment of the unit at each boot; everybody else's stays.
    survives: { reboot: kind !== 'al2023', replacement: false },
  });
  const inFile = (from: 'drop-in' | 'file', file: string | undefined, why: string): EditTarget => {
    const about = { method: from === 'file' ? 'config-file' : 'config-drop-in', reason: `${setting}: ${why}` } as const;
    if (file === undefined || !isKubeletPath(file))
      return { ...about, because: notOurFile(file), survives: { reboot: true, replacement: false } };
    const rewrite = rewriteOf({ setting, origin: { from, file }, config: files?.config, kind });
    return { ...about, file, survives: { reboot: !rewrite?.atBoot, replacement: false } };
  };

  const phrase = originPhrase(origin);
  if (origin.from === 'flag') {
    const why = `the argument --${settings[setting].flag} sets it, and no file can change what an argument sets`;
    return setting.startsWith('featureGates.') ? { ...byArgument(why), because: gateOfArgument } : byArgument(why);
  }
  const isWithoutFile = origin.from === 'default' && origin.of === 'no configuration file';
  if (dropInFolder !== undefined && !isWithoutFile && kind !== 'ubuntu')
    return inOurDropIn(dropInFolder, { setting, origin });
  if (origin.from === 'drop-in')
    return inFile('drop-in', origin.file, `${phrase} sets it over the configuration file, so that drop-in is changed`);
  if (origin.from === 'file') return inFile('file', origin.file, `${phrase} sets it, and nothing overrides it`);
  const deleting = deletedBy(origin);
  if (deleting !== undefined)
    return inFile('drop-in', deleting, `drop-in ${printable(deleting, 300)} deletes what the configuration file sets`);
  if (isWithoutFile)
    return byArgument(
      'the kubelet runs without a configuration file and with the old defaults, so arguments are all it has',
    );
  const unset = 'nobody sets it, and the default is not enough';
  // Canonical's bootstrap gives these settings as options of the snap.
  if (kind === 'ubuntu' && isSnapOption(setting)) return byArgument(unset);
  return inFile('file', files?.config.state === 'known' ? files.config.path : nodePlaces[kind].config, unset);
}

const gateOfArgument = 'an argument turns the gate off, among others in one list: take it out there';

/** One file of the runbook's own, whatever sets the value now. It edits nobody's, and a boot leaves it. */
function inOurDropIn(
  folder: string,
  { setting, origin }: { readonly setting: SettingPath; readonly origin: Origin },
): EditTarget {
  const file = `${folder}/${ownDropIn}`;
  const now = origin.from === 'default' ? 'nobody sets it' : `${originPhrase(origin)} sets it`;
  const reason = `${setting}: ${now}, and a drop-in that sorts last wins over every other file`;
  const about = { method: 'config-drop-in', reason, survives: { reboot: true, replacement: false } } as const;
  if (!isKubeletPath(file)) return { ...about, because: notOurFile(file) };
  const later = origin.from === 'drop-in' && origin.file > file ? origin.file : undefined;
  return later === undefined
    ? { ...about, file }
    : { ...about, because: `${printable(later, 300)} sorts behind ${ownDropIn}, and wins over it` };
}

const notOurFile = (path: string | undefined): string =>
  path === undefined
    ? 'where the kubelet’s configuration file lies was not seen'
    : `${printable(path, 300)} is not in the kubelet’s own folders, and nothing edits it but a person`;

const originPhrase = (origin: Origin): string => printable(originText(origin), 300);
