import { type Control, isOfCluster } from '../../../judge/control.ts';
import { describe } from '../../../judge/controls/shared/about.ts';
import type { Cluster, KubeletFacts, NodeAudit, WaiverMark } from '../../../model/model.ts';
import type { SettingPath } from '../../../model/settings.ts';
import { printable, shellWord } from '../../../model/text/words.ts';
import { argumentOf, type EditableKind, isKubeletPath, nodePlaces, wantedValue } from '../node-places.ts';
import { byImage, hostnameCaution, type NodeStep, nodeStep, type SkippedStep } from '../plan.ts';
import { beyondRunbook } from '../run/runbook.ts';
import { type ClusterWords, clusterWords } from '../snippets/snippets-for.ts';
import { bottlerocketStep } from './bottlerocket-step.ts';
import { settingSteps } from './setting-steps.ts';
import { readingsOf, sourceOf } from './value-source.ts';

interface NodeStepsOptions {
  readonly cluster: Cluster;
  readonly trust: readonly string[];
  /** The controls that the plan fixes. */
  readonly controls: readonly Control[];
}

/** What to do on one node, control by control. Controls that fail, or may fail, and cannot be planned are listed with the reason. */
export function nodeSteps(
  audit: NodeAudit,
  { cluster, trust, controls }: NodeStepsOptions,
): readonly (NodeStep | SkippedStep)[] {
  const steps = controls
    .filter((each) => !isOfCluster(each))
    .flatMap((control): readonly (NodeStep | SkippedStep)[] => {
      const verdict = audit.verdicts[control.slug];
      const { kind } = audit.node;

      if (verdict === undefined)
        return [{ control: control.slug, notPlanned: 'the control was not evaluated for this node' }];
      if (verdict.status === 'warn' || verdict.status === 'unknown')
        return [{ control: control.slug, notPlanned: `${verdict.because}; ${nextFor(audit)}` }];
      if (verdict.status !== 'fail') return [];
      if (verdict.waived) return [{ control: control.slug, notPlanned: accepted(verdict.waived) }];

      switch (kind) {
        case 'auto-mode':
        case 'fargate':
          return [ofAws(control, kind)];
        case 'bottlerocket':
          return [bottlerocketStep(control, clusterWords(cluster).certificate)];
        case 'windows':
          return [windowsStep(control)];
        default:
          return onTheNode(control, { kind, audit, cluster, trust });
      }
    });
  return keepingApiServerIn(steps.map(ofUnseenSystem(audit)), audit);
}

/** A machine that only tags or SSM show may have a bootstrap that writes its files at each boot. */
const ofUnseenSystem =
  ({ node: { kind, osImage } }: NodeAudit) =>
  (step: NodeStep | SkippedStep): NodeStep | SkippedStep =>
    kind === 'linux' && osImage === undefined && 'survives' in step && !step.survives.replacement
      ? { ...step, survives: { ...step.survives, reboot: 'unknown' } }
      : step;

const accepted = ({ until, by, reason }: WaiverMark): string =>
  `accepted by ${by} until ${until} (${reason}): it is left as it is`;

function nextFor(audit: NodeAudit): string {
  const { kind } = audit.node;
  if (kind === 'auto-mode' || kind === 'fargate') return 'AWS runs this kubelet, and there is nothing to plan';
  if (readingsOf(audit).some(({ via }) => via === 'ssm'))
    return 'SSM could not tell more: fix that first, then plan again';
  if (kind === 'windows')
    return 'SSM’s document reads Linux only: let the API server reach its kubelet, or look at its bootstrap, then plan again';
  // With IAM Roles Anywhere a hybrid node has no SSM agent until one is registered.
  if (kind === 'hybrid' && audit.node.machine.status !== 'confirmed')
    return 'SSM knows no machine of this hybrid node: look at its files there (evaluate node), or register it with SSM, then plan again';
  return 'let SSM read the node, then plan again';
}

interface OnTheNodeOptions extends Omit<NodeStepsOptions, 'controls'> {
  readonly kind: EditableKind;
  readonly audit: NodeAudit;
}

function onTheNode(control: Control, node: OnTheNodeOptions): readonly (NodeStep | SkippedStep)[] {
  const { about, slug } = control;

  switch (about.kind) {
    case 'setting':
      return settingSteps({ control, setting: about.setting, ...node });
    case 'file':
      return [fileStep(slug, about, node)];
    case 'content':
      return [bundleStep(slug, node)];
    case 'flag':
      // Without it the kubelet registers under another name: that is a new node, not a fixed one.
      return [
        byImage({
          control: slug,
          because: `${describe(about)} gives the node its name in the cluster, so it is never taken from a node that runs`,
          cautions: [hostnameCaution('images of EKS')],
        }),
      ];
    case 'connection':
      // The API server signs it, so neither a file nor a restart brings it about alone.
      return [
        byImage({
          control: slug,
          because: `the ${describe(about)} comes from the kubelet’s settings and from an approved signing request: ${control.remedy}`,
        }),
      ];
    case 'cluster':
      return [];
  }
}

const ofAws = ({ slug }: Control, kind: 'auto-mode' | 'fargate'): NodeStep =>
  nodeStep({
    control: slug,
    method: 'not-ours',
    by: 'aws',
    because: `AWS runs this kubelet (${kind === 'fargate' ? 'Fargate' : 'EKS Auto Mode'}): replace the node, and open a case with AWS Support if new ones show the same`,
    survives: { reboot: true, replacement: true },
  });

/** The bootstrap script rewrites the service from user data; this program never edits a Windows node. */
function windowsStep({ slug, about }: Control): NodeStep {
  const places = ['-KubeletExtraArgs of Start-EKSBootstrap.ps1'];
  const after =
    about.kind === 'setting' && argumentOf(about.setting, wantedValue(about.setting, nodePlaces.windows.clientCa));

  return byImage({
    control: slug,
    because: `a Windows node takes ${describe(about)} from its bootstrap, so change the user data and replace the node`,
    changes: after ? [{ kind: 'argument', places, after }] : [],
  });
}

/** What is open to anybody; either of them closes it. */
const doors: readonly string[] = ['kubelet-anonymous-auth', 'kubelet-authorization-mode'];

/**
 * Without a client CA the API server's certificate is not looked at: it is let in where everybody is, and nowhere else. The step that closes that door is the
 * runbook's only where it sets the client CA in the same restart. The document on the node refuses it too.
 */
export function keepingApiServerIn(
  steps: readonly (NodeStep | SkippedStep)[],
  audit: NodeAudit,
): readonly (NodeStep | SkippedStep)[] {
  if (!comesInAsAnybody(audit)) return steps;
  const ofClientCa = steps.flatMap((step) =>
    'method' in step && step.control === 'kubelet-client-ca-file' ? [step.by] : [],
  );

  return steps.map((step) => {
    if (!('method' in step) || !doors.includes(step.control)) return step;
    // Bottlerocket's one setting gives the client CA too.
    if (step.by === 'aws' || step.method === 'settings-api') return step;
    const isSafe = step.by === 'runbook' ? ofClientCa.includes('runbook') : ofClientCa.length > 0;
    return isSafe ? step : { ...step, by: 'person', cautions: [shutOut, ...step.cautions] };
  });
}

const shutOut =
  'no client CA is set on this node: set it first (kubelet-client-ca-file), or in the same restart, else the API server itself is shut out';

function comesInAsAnybody(audit: NodeAudit): boolean {
  const next = sourceOf('authentication.x509.clientCAFile', audit);
  const isOpen = (reading: KubeletFacts) =>
    value(reading, 'authentication.anonymous.enabled') === true &&
    value(reading, 'authorization.mode') === 'AlwaysAllow';

  return next.state === 'found' && !next.fact.value && readingsOf(audit).some(isOpen);
}

function value({ settings }: KubeletFacts, setting: SettingPath) {
  const fact = settings[setting];
  return fact.state === 'known' ? fact.value : undefined;
}

/** chmod or chown. A mode only loses bits: what is stricter than the benchmark asks stays. The kubelet goes on running. */
function fileStep(slug: string, about: AboutFile, { kind, audit }: OnTheNodeOptions): NodeStep | SkippedStep {
  const fact = readingsOf(audit)
    .map(({ files }) => files?.[about.file])
    .find((each) => each?.state === 'known');
  if (fact?.state !== 'known') return { control: slug, notPlanned: 'the file was not seen again' };

  const isOurs = isKubeletPath(fact.path);
  const why =
    beyondRunbook(audit.node) ??
    (isOurs
      ? undefined
      : `${printable(fact.path, 300)} is not in the kubelet’s own folders, and nothing touches it but a person`);
  const [before, after] =
    about.property === 'mode'
      ? [octal(fact.mode & 0o7777), octal(fact.mode & 0o644)]
      : [`${printable(fact.owner, 64)}:${printable(fact.group, 64)}`, 'root:root'];
  const command = about.property === 'mode' ? 'chmod' : 'chown';

  return nodeStep({
    control: slug,
    method: about.property === 'mode' ? 'file-mode' : 'file-owner',
    by: why === undefined ? 'runbook' : 'person',
    because: `${about.property} of the file that --${about.file} names is ${before}`,
    changes: [{ kind: about.property, ...(isOurs && { file: fact.path }), before, after }],
    commands: isOurs ? [`sudo ${command} ${after} ${fact.path}`] : [],
    survives: { reboot: kind !== 'al2023', replacement: false },
    cautions: why === undefined ? [] : [why],
  });
}

type AboutFile = Extract<Control['about'], { readonly kind: 'file' }>;

const octal = (mode: number): string => mode.toString(8).padStart(3, '0');

/**
 * The file of the client CA, filled with the CA that EKS names now. A person does it, since the runbook gets fingerprints and no certificates. The
 * running kubelet reloads the file.
 */
function bundleStep(slug: string, { kind, audit, trust, cluster }: OnTheNodeOptions): NodeStep | SkippedStep {
  if (trust.length === 0)
    return {
      control: slug,
      notPlanned:
        'the certificates of the cluster’s own CA are not known (DescribeCluster showed none), so that nothing is there to put into the file',
    };
  const path = readingsOf(audit).flatMap(({ clientCa }) => (clientCa ? [clientCa.path] : []))[0];
  const file = path !== undefined && isKubeletPath(path) ? path : undefined;

  return nodeStep({
    control: slug,
    method: 'ca-bundle',
    by: 'person',
    because: 'what is wrong is inside of the file that authentication.x509.clientCAFile names',
    changes: [{ kind: 'bundle', ...(file !== undefined && { file }), sha256: trust }],
    commands: file === undefined ? [] : commandsFor(file, clusterWords(cluster)),
    survives: { reboot: kind !== 'al2023', replacement: false },
    cautions: [
      ...(file === undefined
        ? [
            `${path === undefined ? 'the file' : printable(path, 300)} is not in the kubelet’s own folders: no command is shown for it`,
          ]
        : []),
      'compare the SHA-256 of every certificate with this plan before the file is moved into its place',
      'a further CA that somebody put there on purpose is lost: keep it beside the cluster’s',
    ],
  });
}

function commandsFor(file: string, { name, region }: ClusterWords): readonly string[] {
  if (name === undefined || region === undefined) return [];
  const next = `${file}.new`;

  return [
    `aws eks describe-cluster --region ${shellWord(region)} --name ${shellWord(name)} --query cluster.certificateAuthority.data --output text | base64 --decode | sudo tee ${next} > /dev/null`,
    `awk '/BEGIN CERTIFICATE/ { command = "openssl x509 -noout -subject -fingerprint -sha256" } { print | command } /END CERTIFICATE/ { close(command) }' ${next}`,
    `sudo chown root:root ${next} && sudo chmod 644 ${next} && sudo mv ${next} ${file}`,
  ];
}
