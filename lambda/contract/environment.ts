import { functionSettings } from './settings-table.ts';

/** `everySource` is EKS_KUBELET_AUDIT_EVERY_SOURCE. */
const variablesOfSettings = Object.fromEntries(
  functionSettings.map((name) => [name, `EKS_KUBELET_AUDIT_${name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()}`]),
) as Readonly<Record<(typeof functionSettings)[number], string>>;

/** Environment of the functions: infra writes it, wiring reads it once. Options of the command line take their defaults from the settings in it. */
export const environment = {
  ...variablesOfSettings,

  /** The file of waivers beside the function's code; empty when there are none. */
  waivers: 'EKS_KUBELET_AUDIT_WAIVERS',
  /** The object of the bucket that holds the waivers; not set when there are none, or when a file has them. */
  waiversObject: 'EKS_KUBELET_AUDIT_WAIVERS_OBJECT',
  /** `true` when the function is attached to a VPC: only then is a cluster with a private endpoint dialled at all. */
  inVpc: 'EKS_KUBELET_AUDIT_IN_VPC',
  bucket: 'EKS_KUBELET_AUDIT_BUCKET',
  /** The ARN of the KMS key that signs runs, for the function that sums up; not set where runs are not signed. */
  signingKey: 'EKS_KUBELET_AUDIT_SIGNING_KEY',
  /** The key that signed before, which hands over to that one. */
  previousSigningKey: 'EKS_KUBELET_AUDIT_PREVIOUS_SIGNING_KEY',
  /** With it, for how many days the files of a run are kept: the signed statement says so. */
  resultRetentionDays: 'EKS_KUBELET_AUDIT_RESULT_RETENTION_DAYS',
  /** The ARN of the state machine of sweeps' items, for the function that discovers; not set without sweeps. */
  sweepMachineArn: 'EKS_KUBELET_AUDIT_SWEEP_MACHINE_ARN',
  /** `1` where there are sweeps, for the function that sums up; its environment is the fullest. */
  sweep: 'EKS_KUBELET_AUDIT_SWEEP',
  /** The ARN of the state machine, for the function that starts it. */
  stateMachineArn: 'EKS_KUBELET_AUDIT_STATE_MACHINE_ARN',
} as const;

/** The variable of a setting; `undefined` where only an option gives it. */
export const variableOf = (setting: string): string | undefined =>
  (variablesOfSettings as Readonly<Record<string, string>>)[setting];
