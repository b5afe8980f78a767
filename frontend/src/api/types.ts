/** The API's types by their own names. Nothing is written by hand: `npm run client` makes them from openapi.json. */

import type { components } from "./schema.gen";

/** Pairs as lists: so does the client with what it sends and gets. */
type Listed<T> = T extends (infer Item)[]
  ? Listed<Item>[]
  : T extends object
    ? { [Key in keyof T]: Listed<T[Key]> }
    : T;
type Schemas = Listed<components["schemas"]>;

export type AcquisitionConfig = Schemas["AcquisitionBody"];
export type AnswerReceipt = Schemas["AnswerReceipt"];
export type CheckpointMetrics = Schemas["CheckpointMetrics"];
export type CurvePoint = Schemas["CurvePoint"];
export type EventView = Schemas["EventView"];
export type ExamplesView = Schemas["ExamplesView"];
export type ExampleView = Schemas["ExampleView"];
export type InspectedImage = Schemas["InspectedImage"];
export type JobView = Schemas["JobView"];
export type LabelClassBody = Schemas["LabelClassBody"];
export type LabelClassView = Schemas["LabelClassView"];
export type LeasedQuery = Schemas["LeasedQuery"];
export type LeaseView = Schemas["LeaseView"];
export type MemberView = Schemas["MemberView"];
export type MetricsView = Schemas["MetricsView"];
export type MeView = Schemas["MeView"];
export type Preferences = Required<Schemas["Preferences"]>;
export type MyAnswer = Schemas["MyAnswer"];
export type NewAnswer = Schemas["NewAnswer"];
export type NewImport = Schemas["NewImport"];
export type NewProject = Schemas["NewProject"];
export type NewRound = Schemas["NewRound"];
export type PacketView = Schemas["PacketView"];
export type PeopleView = Schemas["PeopleView"];
export type PersonStatistics = Schemas["PersonStatistics"];
export type PracticeItem = Schemas["PracticeItem"];
export type Problem = Schemas["Problem"];
export type Progress = Schemas["Progress"];
export type ProjectChange = Schemas["ProjectChange"];
export type ProjectView = Schemas["ProjectView"];
export type PseudoLabelsView = Schemas["PseudoLabelsView"];
export type RoundConfig = Schemas["RoundConfigBody"];
export type RoundForecast = Schemas["RoundForecast"];
export type RoundState = Schemas["RoundState"];
export type RoundView = Schemas["RoundView"];
export type Verifiable = Schemas["ToVerify"];
export type UndoReceipt = Schemas["UndoReceipt"];
export type UserView = Schemas["UserView"];
