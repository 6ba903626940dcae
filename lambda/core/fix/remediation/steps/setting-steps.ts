import type { Control } from '../../../judge/control.ts';
import type { NodeAudit } from '../../../model/model.ts';
import type { SettingPath } from '../../../model/settings.ts';
import { rewriteOf } from '../../../read/kubelet/node/nodeadm-files.ts';
import { cautionsFor } from '../cautions.ts';
import { type EditableKind, nodePlaces } from '../node-places.ts';
import { beyondRunbook } from '../run/runbook-starts.ts';
import { wantedValue } from '../wanted-value.ts';
import { originPhrase, targetOf } from './edit-target.ts';
import { type NodeStep, nodeStep, type SkippedStep } from './planned-step.ts';
import { changeOf, restartCommandsOf } from './setting-change.ts';
import { type FoundSource, isRightAfterRestart, readingsOf, sourceOf } from './value-source.ts';

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
    cautions: [...(why === undefined ? [] : [why]), ...cautionsFor({ audit, settings: [setting] })],
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

  const { change, commands } = changeOf({ setting, kind, target, before, after: wantedValue(setting, clientCa) });
  return nodeStep({
    control: control.slug,
    method: target.method,
    by: why === undefined ? 'runbook' : 'person',
    because: target.reason,
    changes: [change],
    commands,
    survives: target.survives,
    cautions: [
      ...(why === undefined ? [] : [why]),
      ...(isClientCa ? [notLookedInto(clientCa)] : []),
      ...cautionsFor({ audit, settings: [setting] }),
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
