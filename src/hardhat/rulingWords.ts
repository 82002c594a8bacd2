/** What rulings and choices are called. */
export const RULING_WORDS = "overturned (the operator is at fault), upheld (it is not) or undecided (nobody can say)";
