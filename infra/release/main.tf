# The scheduled audit of eks-kubelet-audit, as its released CloudFormation templates. Copy the folder of the release to a bucket of the hub's Region.
# Each variable is a parameter of the template. Other settings: npm run release -- settings.yaml (docs/release.md).

terraform {
  required_version = ">= 1.3"
  required_providers {
    aws = { source = "hashicorp/aws", version = ">= 6.0" }
  }
}

variable "code_bucket" {
  type        = string
  description = "Bucket of the hub's Region that the files of the release were copied to."
}

variable "code_prefix" {
  type        = string
  default     = ""
  description = "What comes before the names of the files there, with its slash."
}

variable "scope" {
  type        = string
  default     = "own"
  description = "own audits the account of the hub, organization audits units of an organization."
}

variable "member_stack" {
  type        = bool
  default     = true
  description = "false only where a StackSet made the role of the hub's account before this module did; see docs/upgrade.md."
}

variable "document_regions" {
  type        = set(string)
  default     = []
  description = "More Regions of the hub's account in which SSM reads nodes: each gets the SSM document."
}

variable "organization_id" {
  type        = string
  default     = ""
  description = "Id of the organization, with the scope organization."
}

variable "units" {
  type        = list(string)
  default     = []
  description = "Organizational units, or the root. One that leaves takes the member roles below it along; see docs/upgrade.md."
}

variable "regions" {
  type        = list(string)
  default     = []
  description = "Regions to look for clusters in. One that leaves takes the member stacks there along; see docs/upgrade.md."
}

variable "home_region" {
  type        = string
  default     = ""
  description = "Region in which each account's role is made. A change deletes every member role."
}

variable "schedule" {
  type        = string
  default     = "cron(0 5 * * ? *)"
  description = "When a run starts: cron(...) or rate(...) of EventBridge Scheduler."
}

variable "time_zone" {
  type        = string
  default     = "UTC"
  description = "The time zone that a cron schedule means."
}

variable "max_hours_between_runs" {
  type        = number
  default     = 27
  description = "Hours without a completed run after which an alarm starts."
}

variable "sources" {
  type        = list(string)
  default     = ["configz", "ssm"]
  description = "How kubelets are read: configz, ssm or both."
}

variable "sweeps" {
  type        = string
  default     = "off"
  description = "on: sweeps look for machines that come and go between two runs."
}

variable "sweep_minutes" {
  type        = number
  default     = 15
  description = "Minutes between two sweeps, 5 to 45."
}

variable "exclude_clusters" {
  type        = list(string)
  default     = []
  description = "ARNs of clusters that are left out."
}

variable "alert_address" {
  type        = string
  default     = ""
  description = "E-mail address that gets the alerts."
}

variable "result_retention_days" {
  type        = number
  default     = 365
  description = "Days for which results stay in the bucket."
}

variable "log_retention_days" {
  type        = number
  default     = 90
  description = "Days for which logs are kept."
}

variable "waivers" {
  type        = string
  default     = "none"
  description = "bucket: every run reads waivers from the object settings/waivers.yaml of the hub's bucket."
}

data "aws_s3_bucket" "code" {
  bucket = var.code_bucket
}

locals {
  release = "https://${data.aws_s3_bucket.code.bucket_regional_domain_name}/${var.code_prefix}"
}

data "aws_region" "hub" {}

# An EKS cluster rejects a role that was recreated. So no other variable removes this stack, and prevent_destroy refuses a plan that would.
resource "aws_cloudformation_stack" "member" {
  count = var.member_stack ? 1 : 0

  name         = "EksKubeletAuditMember"
  template_url = "${local.release}EksKubeletAuditMember.template.json"
  capabilities = ["CAPABILITY_NAMED_IAM"]

  timeouts {
    create = "2h"
    update = "2h"
  }
  lifecycle {
    prevent_destroy = true
  }
}

# The SSM document alone: the role is in the hub's Region.
resource "aws_cloudformation_stack" "document" {
  for_each = setsubtract(var.document_regions, [data.aws_region.hub.region])

  region       = each.value
  name         = "EksKubeletAuditMember"
  template_url = "${local.release}EksKubeletAuditMember.template.json"
  capabilities = ["CAPABILITY_NAMED_IAM"]
  parameters   = { RoleRegion = data.aws_region.hub.region }

  timeouts {
    create = "2h"
    update = "2h"
  }
  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_cloudformation_stack" "hub" {
  depends_on = [aws_cloudformation_stack.member]

  name         = "EksKubeletAudit"
  template_url = "${local.release}EksKubeletAudit.template.json"
  capabilities = ["CAPABILITY_NAMED_IAM"]

  # Terraform would replace a stack whose creation it gave up waiting for: a StackSet takes hours in a large organization.
  timeouts {
    create = "12h"
    update = "12h"
  }
  lifecycle {
    prevent_destroy = true
  }

  parameters = {
    CodeBucket          = var.code_bucket
    CodePrefix          = var.code_prefix
    Scope               = var.scope
    OrganizationId      = var.organization_id
    Units               = join(",", var.units)
    Regions             = join(",", var.regions)
    HomeRegion          = var.home_region
    Schedule            = var.schedule
    TimeZone            = var.time_zone
    MaxHoursBetweenRuns = var.max_hours_between_runs
    Sources             = join(",", var.sources)
    Sweeps              = var.sweeps
    SweepMinutes        = var.sweep_minutes
    ExcludeClusters     = join(",", var.exclude_clusters)
    AlertAddress        = var.alert_address
    ResultRetentionDays = var.result_retention_days
    LogRetentionDays    = var.log_retention_days
    Waivers             = var.waivers
  }
}

output "hub" {
  description = "BucketName, StateMachineArn, AlertTopicArn, RunNow and the others."
  value       = aws_cloudformation_stack.hub.outputs
}
