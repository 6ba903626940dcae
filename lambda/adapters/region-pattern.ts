/** What a Region is called: `eu-west-1`, `us-gov-west-1`, `eusc-de-east-1`. */
export const regionPattern = /^[a-z]{2,8}(-[a-z0-9]{1,20})+-\d{1,2}$/;
