// What is used of EC2's client, loaded late. The bundles leave the rest of it out: an import of the whole package would keep its 700 operations.
export {
  DescribeLaunchTemplateVersionsCommand,
  DescribeRegionsCommand,
  DescribeVpcsCommand,
  EC2Client,
  paginateDescribeImages,
  paginateDescribeInstances,
} from '@aws-sdk/client-ec2';
