import { remediationParameters } from './remediate-parameters.ts';
import { compacted, remediationScript } from './remediate-script.ts';

/**
 * The content of the SSM Command document (schema 2.2) that fixes the kubelet of one node. Its parameters reach the script as environment variables;
 * an agent older than 3.3.2746.0 knows no such thing and puts them into the text, where their patterns leave nothing that a shell would look at twice.
 */
export const remediateKubeletDocument = () => ({
  schemaVersion: '2.2',
  description:
    'eks-kubelet-audit: fixes the kubelet configuration of an EKS node, restarts the kubelet, and puts everything back when it does not come back well.',
  parameters: Object.fromEntries(
    Object.entries(remediationParameters).map(([name, parameter]) => [
      name,
      { ...parameter, interpolationType: 'ENV_VAR' },
    ]),
  ),
  mainSteps: [
    {
      action: 'aws:runShellScript',
      name: 'remediateKubelet',
      precondition: { StringEquals: ['platformType', 'Linux'] },
      // Longer than forward and back again take; the rollback on the node fires before that whatever happens.
      inputs: { timeoutSeconds: '900', runCommand: compacted(remediationScript()).split('\n') },
    },
  ],
});
