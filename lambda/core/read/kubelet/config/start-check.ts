import type { SettingPath, SettingValue } from '../../../model/settings.ts';
import type { KubeletFlags } from '../command-line/command-line.ts';
import type { SettingFacts } from '../setting-facts.ts';

interface Started {
  readonly facts: SettingFacts;
  readonly flags: Pick<KubeletFlags, 'featureGates'>;
  /** Gates of the files; a flag wins over them. */
  readonly fileGates: ReadonlyMap<string, boolean>;
}

/**
 * Why a kubelet would not start with such a configuration, as far as the settings of this program tell: one sentence, or `undefined`. What is not known
 * is no reason. Source: kubernetes `pkg/kubelet/apis/config/validation`, `cmd/kubelet/app/auth.go`; measured on 1.29.14 and 1.34.9.
 */
export function startProblem({ facts, flags, fileGates }: Started): string | undefined {
  const settingOf = (path: SettingPath): SettingValue | undefined => {
    const fact = facts[path];
    return fact.state === 'known' ? fact.value : undefined;
  };
  const isNumber = (value: SettingValue | undefined): value is number => typeof value === 'number';

  const gates = new Map([...fileGates, ...flags.featureGates]);
  const gate = gates.get('RotateKubeletServerCertificate') ?? gates.get('AllBeta') ?? true;
  if (settingOf('serverTLSBootstrap') === true && !gate)
    return 'serverTLSBootstrap is true, and the feature gate that it needs, RotateKubeletServerCertificate, is off';

  const port = settingOf('readOnlyPort');
  if (isNumber(port) && (port < 0 || port > 65_535)) return `readOnlyPort is ${port}, which is no port`;
  const rate = settingOf('eventRecordQPS');
  if (isNumber(rate) && rate < 0) return `eventRecordQPS is ${rate}, and may not be below 0`;

  const mode = settingOf('authorization.mode');
  if (mode !== undefined && mode !== 'Webhook' && mode !== 'AlwaysAllow')
    return 'authorization.mode is neither Webhook nor AlwaysAllow';
  return undefined;
}
