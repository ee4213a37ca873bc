/// What somebody asks for: a number to which a service sends its codes.
struct RentalRequest: Codable, Sendable, Equatable {
    /// Its identity: for the same id one number is rented.
    let id: String
    /// The service, by the two letters that vendors use.
    let service: String
    let country: String
    /// When it comes, in seconds after the opening.
    let at: Int
    /// The highest FreePrice that is taken, in cents; `nil` for any.
    let maxPrice: Int?
}
