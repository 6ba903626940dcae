import type { SettingPath } from '../kubelet/settings.ts';
import type { NodeAudit } from '../model.ts';

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

/** Settings that shut out everyone but clients with a certificate. */
const shutsOut: readonly SettingPath[] = ['authentication.anonymous.enabled', 'authorization.mode'];

interface Touched {
  readonly audit: NodeAudit;
  readonly settings: readonly SettingPath[];
  readonly restarts: boolean;
  /** Whether the same plan gives this node its client CA. */
  readonly setsClientCa: boolean;
}

export function cautionsFor({ audit, settings, restarts, setsClientCa }: Touched): readonly string[] {
  const cautions = settings.flatMap((setting) => ofSettings[setting] ?? []);

  const hasClientCa = audit.verdicts['kubelet-client-ca-file']?.status === 'pass';
  if (settings.some((each) => shutsOut.includes(each)) && !hasClientCa && !setsClientCa)
    cautions.push(
      'no client CA was seen on this node: set it first (kubelet-client-ca-file), else the API server itself is shut out',
    );
  if (!restarts) return cautions;

  if (audit.verdicts['client-ca-file-present']?.status === 'fail')
    cautions.push(
      'its client CA file is missing or empty: put it back first (client-ca-file-present), since the kubelet does not start without it',
    );
  const others = (audit.drift ?? []).filter(({ setting }) => !settings.includes(setting));
  cautions.push(
    ...others.map(
      ({ setting, afterRestart }) =>
        `the restart also puts an earlier edit into effect: ${setting} becomes ${afterRestart}`,
    ),
  );
  return cautions;
}
