import type { KubeletFacts, NodeAudit } from '../../../model/model.ts';
import type { SettingPath } from '../../../model/settings.ts';
import type { NodeStep, SkippedStep } from '../plan.ts';
import { readingsOf, sourceOf } from './value-source.ts';

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
