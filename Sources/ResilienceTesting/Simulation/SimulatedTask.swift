/// Who acts, in the trace of a simulation.
public enum SimulatedTask {
    /// The name under which the current task stands in the trace; a task that has none of its own inherits it.
    @TaskLocal public static var name = "main"
}
