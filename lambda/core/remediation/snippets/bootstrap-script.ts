import { shellWord } from '../quote.ts';
import { argumentOf } from '../wanted-value.ts';
import type { Wanted } from './wanted.ts';

/** The line of user data that calls bootstrap.sh itself: AL2 with an image of one's own, Ubuntu. */
export function bootstrapLine({ settings, cluster, renewsCa }: Wanted): string {
  const given = [...settings].map(([setting, value]) => argumentOf(setting, value)).join(' ');
  const { name, endpointUrl, certificate } = cluster;
  const words = [
    ...(renewsCa && endpointUrl !== undefined && certificate !== undefined
      ? [`--apiserver-endpoint ${shellWord(endpointUrl)}`, `--b64-cluster-ca ${shellWord(certificate)}`]
      : []),
    ...(given === '' ? [] : [`--kubelet-extra-args '${given}'`]),
  ];
  if (words.length === 0) return '';

  const command = `/etc/eks/bootstrap.sh ${name === undefined ? '"$CLUSTER"' : shellWord(name)}`;
  return `${[command, ...words].join(' \\\n  ')}\n`;
}
