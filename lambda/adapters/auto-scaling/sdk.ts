// What is used of Auto Scaling's client, loaded late: the bundles leave the rest of it out.
export {
  AutoScalingClient,
  paginateDescribeAutoScalingGroups,
  paginateDescribeLaunchConfigurations,
} from '@aws-sdk/client-auto-scaling';
