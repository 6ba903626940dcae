import type { NodeAudit } from '../../model/model.ts';
import type { SettingPath } from '../../model/settings.ts';

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

interface CautionsForOptions {
  readonly audit: NodeAudit;
  readonly settings: readonly SettingPath[];
}

export function cautionsFor({ audit, settings }: CautionsForOptions): readonly string[] {
  const others = (audit.drift ?? []).filter(({ setting }) => !settings.includes(setting));

  return [
    ...settings.flatMap((setting) => ofSettings[setting] ?? []),
    ...others.map(
      ({ setting, afterRestart }) =>
        `the restart also puts an earlier edit into effect: ${setting} becomes ${afterRestart}`,
    ),
  ];
}
