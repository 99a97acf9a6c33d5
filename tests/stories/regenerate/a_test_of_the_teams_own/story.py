# Among those generated, where one more comes.
append("tests/things/test_router.py", """

def test_a_thing_of_ours(team: TestClient, thing: Any) -> None:
    assert team.get(f"{URL}/{thing['id']}").json()["title"] == "A title"
""")
spec("      staff: [create, update, delete]", "      staff: [create, update, delete, restore, history]")
