/** What the API's document is told of one operation; the rest follows from its path, its access and its schemas. */
import type { ProblemCode } from "../../src/api/problems.ts";
import type { Access } from "../../src/api/endpoint.ts";

/** One method of one path. */
export interface ToldOperation {
  /** Never changes: programs that are made from the document have functions of these names. */
  readonly id: string;
  readonly tag: Tag;
  /** A line without a full stop. */
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  /** Names in the table of parameters; those of the path are there anyway. */
  readonly parameters?: readonly string[];
  /** Absent where no body is read. */
  readonly body?: ToldBody;
  readonly answer: ToldAnswer | ToldContent;
  /** Codes of its own, beside those that its access and its body bring. */
  readonly codes?: readonly ProblemCode[];
}

/** What is sent. */
export interface ToldBody {
  /** Name of the schema. */
  readonly schema: string;
  readonly isOptional?: boolean;
  readonly examples: Examples;
}

/** JSON that is answered with status 200. */
export interface ToldAnswer {
  readonly description: string;
  /** Names of the schemas, any of which it may be. */
  readonly schemas: readonly string[];
  readonly examples: Examples;
}

/** Something else that is answered. */
export interface ToldContent {
  readonly description: string;
  /** Texts by their content types; undefined where no example says anything. */
  readonly content: Readonly<Record<string, string | undefined>>;
  /** Names of the schemas of events, where those are answered. */
  readonly events?: readonly string[];
  /** Further statuses, with what they mean. */
  readonly others?: Readonly<Record<string, string>>;
}

/** Values by the names of examples. */
export type Examples = Readonly<Record<string, unknown>>;

/** Operations by their methods and paths, `GET /clients`, as the endpoints have them. */
export type ToldOperations = Readonly<Record<string, ToldOperation>>;

/** Groups of operations, in their order, with what they are for. */
export const TAGS = {
  Placing: "Ask where to send a session, and keep or give back what was booked",
  Fleet: "The machines: what they are, how they are, and taking them out",
  Decisions: "What was decided, and why",
  Watching: "Whether and how well the server runs",
  Configuration: "The configuration in force, and the ways to another one",
  Access: "Keys, tokens and credentials, and who did what with them",
  Agents: "What the client on each machine sends",
  Pages: "The dashboard, and this description",
} as const;

/** One of {@link TAGS}. */
export type Tag = keyof typeof TAGS;
