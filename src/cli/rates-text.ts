/** How much of AWS's rates instances have, as a person says it. */
export const ratesText = (rates: number): string => (rates === 1 ? "AWS's, by instance type" : `AWS's, times ${rates}`);
