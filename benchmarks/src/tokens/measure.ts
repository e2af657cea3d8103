import { doAssigned } from "../assigned.ts";
import { jobs } from "./jobs.ts";

await doAssigned(jobs);
