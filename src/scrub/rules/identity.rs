//! Identity: who pays for a call. In addresses, where recorders match on them, only where that is asked for.

use super::super::rule::{Action, Kind, Names, Preset, Rule};
use super::whole;

const HEADERS: &[Kind] = &[Kind::RequestHeader, Kind::ResponseHeader];
const FIELDS: &[Kind] = &[Kind::ResponseField, Kind::RequestField, Kind::Form];

/// Headers that name an organisation, project, workspace, account or tenant.
const NAMED: &[&str] = &[
    "openai-organization",
    "openai-project",
    "anthropic-organization-id",
    "anthropic-workspace-id",
    "chatgpt-account-id",
    "x-goog-user-project",
    "x-wml-user-client",
    "ml-instance-id",
    "x-crewai-organization-id",
    "akamai-internal-account",
    "x-amzn-bedrock-guardrailidentifier",
    "x-oauth-scopes",
    "x-oauth-client-id",
    "github-authentication-token-expiration",
    "x-tenant-id",
    "x-organization-id",
    "x-org-id",
    "x-account-id",
    "x-workspace-id",
    "x-project-id",
    "x-ms-tenant-id",
    "x-ms-client-principal-id",
    "x-ms-client-principal-name",
    "cf-account-id",
    "x-user-id",
    "x-user-email",
    "x-databricks-org-id",
    "x-langfuse-public-key",
    "x-tenant",
];

/// Fields that name one, without `_` and `-`, in lower case.
const FIELD: &[&str] = &[
    "accountuuid",
    "organizationid",
    "organizationuuid",
    "orgid",
    "organisationid",
    "workspaceid",
    "accountid",
    "tenantid",
    "billingaccountid",
    "awsaccountid",
    "subscriptionid",
    "accountemail",
    "owneremail",
    "useremail",
    "organizationname",
    "orgname",
    "workspacename",
    "accountname",
];

#[rustfmt::skip]
pub(super) fn rules() -> Vec<Rule> {
    let id = Preset::Identity;
    let url = Preset::IdentityUrls;
    vec![
        Rule::named(id, "account-header", "a header that names an organisation, project, workspace, account or tenant", HEADERS, Names::These(NAMED), whole, "openai-organization: «acme-7hyt5r»"),
        Rule::named(id, "account-field", "a field that names one", FIELDS, Names::These(FIELD), long_enough, "organization_id: «acme-7hyt5r»"),
        Rule::shape(id, "organisation", "the number of an organisation at OpenAI", &["org-"], r"org-[A-Za-z0-9]{20,28}", "«org-7hYt5Rw2Qp9Lm3Kj8Hg4»").checked(is_id),
        Rule::shape(id, "project", "the number of a project at OpenAI", &["proj_"], r"proj_[A-Za-z0-9]{16,28}", "«proj_7hYt5Rw2Qp9Lm3Kj8Hg4»").checked(is_id),
        Rule::shape(id, "workspace", "the number of a workspace at Anthropic", &["wrkspc_"], r"wrkspc_[A-Za-z0-9]{16,28}", "«wrkspc_7hYt5Rw2Qp9Lm3Kj8Hg4»").checked(is_id),
        Rule::shape(id, "user", "the number of a user at OpenAI or OpenRouter", &["user-", "user_"], r"user[-_][A-Za-z0-9]{20,28}", "«user-7hYt5Rw2Qp9Lm3Kj8Hg4»").checked(is_id),
        Rule::shape(id, "claude-code-user", "who uses Claude Code, from which account", &["_account_"], r"user_[0-9a-f]{0,64}_account_[0-9a-f-]{0,36}_session_[0-9a-f-]{1,36}", "«user_0a1b2c3d4e5f6071_account_7d0a1b2c-3d4e-4f60-8182-93a4b5c6d7e8_session_0a»").from(70),
        Rule::shape(id, "organisation-in-error", "the number of an organisation in an error", &["organization (", "organization's ("], r"organization(?:'s)? \((?P<v>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\)", "the rate limit for your organization («7d0a1b2c-3d4e-4f60-8182-93a4b5c6d7e8»)").checked(real),
        Rule::shape(id, "google-project-number", "the number of a project at Google", &["projects/", "project=", "project "], r"project(?:s/|=| )(?P<v>[0-9]{10,13})", "consumer: projects/«482910573641»").checked(is_number),
        Rule::shape(id, "google-client", "the number of a client at Google", &[".apps.googleusercontent.com"], r"(?P<v>[0-9]{6,24}-[a-z0-9_]{32})\.apps\.googleusercontent\.com", "«482910573641-7hyt5rw2qp9lm3kj8hg46fd1sa0zx7cv».apps.googleusercontent.com").from(60).checked(real),
        Rule::shape(id, "google-service-account", "a service account of Google, and its project", &[".iam.gserviceaccount.com"], r"(?P<v>[a-z0-9-]{4,40}@[a-z0-9-]{4,40})\.iam\.gserviceaccount\.com", "«recorder@acme-482910».iam.gserviceaccount.com").from(90).checked(real),
        Rule::shape(id, "aws-principal", "the number of a user or role at AWS", &["AROA", "AIDA", "AGPA", "AIPA", "ANPA", "ANVA"], r"A(?:ROA|IDA|GPA|IPA|NPA|NVA)[A-Z0-9]{16,17}", "«AROAQ7RW2TPLM3KJHG4F»").checked(is_id),
        Rule::shape(id, "aws-account", "the account in an AWS resource name", &["arn:aws"], r"arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:(?P<v>[0-9]{12}):", "arn:aws:bedrock:eu-west-1:«482910573641»:guardrail/x").checked(is_account).doing(Action::Set("000000000000".to_owned())),
        Rule::shape(url, "google-project", "the project in an address of Google", &["projects/"], r"projects/(?P<v>[a-z0-9][a-z0-9-]{4,40})/", "/v1/projects/«acme-482910»/locations").checked(real),
        Rule::shape(url, "cloudflare-account", "the account in an address of Cloudflare", &["/accounts/", "gateway.ai.cloudflare.com/v1/"], r"(?:/accounts/|gateway\.ai\.cloudflare\.com/v1/)(?P<v>[0-9a-f]{32})", "/client/v4/accounts/«0a1b2c3d4e5f60718293a4b5c6d7e8f9»/ai/run").checked(real),
        Rule::named(url, "project-field", "the project or space that pays for a call of watsonx", &[Kind::RequestField, Kind::Query], Names::These(&["projectid", "project_id", "spaceid", "space_id"]), long_enough, "project_id: «7d0a1b2c-3d4e-4f60-8182-93a4b5c6d7e8»"),
        Rule::shape(url, "azure-host", "the resource in an address of Azure", &[".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"], r"(?P<v>[a-z0-9-]{2,64})\.(?:openai|cognitiveservices|services\.ai)\.azure\.com", "https://«acme-east».openai.azure.com/").from(64).checked(real),
    ]
}

use super::super::clean::{is_dummy, is_placeholder};
use super::super::rule::Match;
use super::super::shapes::stands_alone;

/// Returns whether an id is one, and no word: it holds a digit and a capital.
fn is_id(found: &Match<'_>) -> bool {
    let random = found.found.bytes().any(|byte| byte.is_ascii_digit()) && !is_dummy(found.found);
    random && stands_alone(found)
}

fn is_account(found: &Match<'_>) -> bool {
    found.found != "123456789012" && !is_dummy(found.found)
}

/// Returns whether a number is one of its own, and not made up.
fn is_number(found: &Match<'_>) -> bool {
    !is_placeholder(found.found) && stands_alone(found)
}

fn real(found: &Match<'_>) -> bool {
    !is_placeholder(found.found)
}

/// Returns a value long enough to be a name or number of its own.
fn long_enough(value: &str) -> Vec<std::ops::Range<usize>> {
    if value.len() < 6 { Vec::new() } else { whole(value) }
}
