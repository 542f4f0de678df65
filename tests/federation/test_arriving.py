"""Who comes from the province, and whom that means here."""

from tests.federation.stage import City


def test_somebody_new_begins_an_account(town: City) -> None:
    """After the agreements: the document is theirs, by the registry's word and the province's."""
    persona = town.newcomer()
    visitor = town.traveller().enters(persona.key).agrees()
    person = town.stage.person(persona.number)

    assert "/account" == visitor.path
    assert {"registry_match", "upstream", "document_format"} == {one.method for one in town.evidence(person)}
    assert ["created"] == [one.proven_by for one in town.links(person)]


def test_the_second_time_they_enter_at_once(town: City) -> None:
    """By the link; nothing is asked."""
    persona = town.newcomer()
    town.traveller().enters(persona.key).agrees()
    again = town.traveller().enters(persona.key)

    assert "/account" == again.path
    assert 1 == len(town.links(town.stage.person(persona.number)))


def test_an_account_that_is_here_is_proven_once(town: City) -> None:
    """Its person signs in with a means of their own; then both are linked and need no second time."""
    persona = town.newcomer()
    town.registered(persona)
    visitor = town.traveller().enters(persona.key)
    asked = visitor.path
    visitor.get(visitor.browser.address.replace("upstream-link", "sign-in"))
    visitor.fill(login=persona.phone, password="three quiet herons")

    assert "/upstream-link" == asked
    assert "/account" == visitor.path
    assert ["own_means"] == [one.proven_by for one in town.links(town.stage.person(persona.number))]
    assert "/account" == town.traveller().enters(persona.key).path
