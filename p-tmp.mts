import { kubeletProbeScript } from './infra/documents/probe/kubelet-probe.ts';
import { writeFileSync } from 'node:fs';
writeFileSync('/tmp/h23b-probe.sh', kubeletProbeScript({ root: '' }));
