/** The vendor's resource and field that a rule comes from, in the vendor's own words, for traces. */
export interface RuleReference {
  /** For example `VoiceConnector abcdef1ghij2klmno3pqr4`. */
  readonly resource: string;
  /** For example `Termination.CidrAllowedList`. */
  readonly field: string;
}
