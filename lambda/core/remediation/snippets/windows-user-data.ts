import { powershellText } from '../quote.ts';
import { argumentOf } from '../wanted-value.ts';
import type { Wanted } from './wanted.ts';

/** The bootstrap's own parameters stay; this one is added. Source: EKS user guide, `eks-optimized-windows-ami`. */
export function windowsUserData({ settings, cluster, renewsCa }: Wanted): string {
  const given = [...settings].map(([setting, value]) => argumentOf(setting, value)).join(' ');
  const words = [
    ...(renewsCa && cluster.endpointUrl !== undefined && cluster.certificate !== undefined
      ? [
          `-APIServerEndpoint ${powershellText(cluster.endpointUrl)}`,
          `-Base64ClusterCA ${powershellText(cluster.certificate)}`,
        ]
      : []),
    ...(given === '' ? [] : [`-KubeletExtraArgs ${powershellText(given)}`]),
  ];
  if (words.length === 0) return '';

  const name = cluster.name === undefined ? '$Cluster' : powershellText(cluster.name);
  return [
    '<powershell>',
    '[string]$EKSBootstrapScriptFile = "$env:ProgramFiles\\Amazon\\EKS\\Start-EKSBootstrap.ps1"',
    `& $EKSBootstrapScriptFile -EKSClusterName ${name} ${words.join(' ')} 3>&1 4>&1 5>&1 6>&1`,
    '</powershell>',
    '',
  ].join('\n');
}
