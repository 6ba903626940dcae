import { tmpdir } from 'node:os';

// Tests can never touch a real account: nothing of the caller's environment that names one reaches them.
for (const name of Object.keys(process.env)) {
  if (/^(AWS_|EKS_KUBELET_AUDIT_|POWERTOOLS_)/.test(name) || name === 'KUBECONFIG') delete process.env[name];
}
process.env['HOME'] = tmpdir();
process.env['AWS_EC2_METADATA_DISABLED'] = 'true';
