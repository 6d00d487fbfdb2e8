"""The pages Reviewers and Sampling, drawn and clicked without a browser."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from review_app import actions
from review_app.review.answer import Submission
from review_app.ui.widgets import draw_list

from ..actions.desks import PEOPLE, answer_all, shared_project
from ..actions.loop import answer, filled_project
from .test_pages import opened, words
from .test_team_pages import press, sent

N = 24
SCORED = "{name: desk, criteria: [{name: score, question: 'How good?', kind: numeric}]}\n"
DIFFER = tuple(f"t-{n:03d}" for n in range(N - 8, N))


def reviewers_page() -> None:
    from review_app.ui.screens import reviewers

    reviewers.page()


def sampling_page() -> None:
    from review_app.ui.screens import sampling

    sampling.page()


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """ana and ben rated 24 traces both, and differ on the last eight; lea leads."""
    folder = shared_project(tmp_path_factory.mktemp("rated") / "project", n=N)
    answer_all(folder, "ana", bad=DIFFER)
    answer_all(folder, "ben")
    return folder


@pytest.fixture
def team(rated: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(rated))
    return rated


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """240 traces, a draw of 60 reviews, ten of them given; lea leads."""
    folder = filled_project(tmp_path, traces=240, budget=60)
    with (folder / "project.yaml").open("a") as file:
        file.write(PEOPLE)
    answer(folder, "ana", 10)
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(folder))
    return folder


def shown(page: object, person: str) -> AppTest:
    test = opened(page, person).run()
    assert not test.exception
    return test


@pytest.mark.usefixtures("team")
def test_the_lead_reads_figures_pairs_and_flags() -> None:
    test = shown(reviewers_page, "lea")
    text = words(test)
    # 16 of 24 the same.
    assert "Two people give the same answer on 67 % of traces (95 %:" in text
    # Both said pass 40 times of 48: chance is .5 + .5 * 16/24, and kappa 0 where one of two never says fail.
    assert '<td>Cohen&#x27;s kappa</td><td class="num">0.00</td>' in text
    # Two people, 40 times pass of 48: chance is (5/6)^2 + (1/6)^2 = 13/18, and (12/18 - 13/18) / (5/18) = -.2.
    assert '<td>Scott&#x27;s pi</td><td class="num">-0.20</td>' in text
    assert "<td>Fleiss" not in text
    assert "All reviewers can be compared" in text
    assert "<td>ana</td><td>ben</td>" in text
    # ana says "fail" on a third more of the traces than ben: one is 1/6 above the average of both, one below.
    text = re.sub(r"</?a\b[^>]*>", "", text)
    row = '<td>{}</td><td class="num">24</td><td class="num">{}'
    assert text.index(row.format("ana", "+0.17 ±")) < text.index(row.format("ben", "-0.17 ±"))
    assert "No label is removed because of one." in text
    examples = next(one.value for one in test.dataframe if "flag" in one.value)
    assert set(examples["reviewer"]) == {"ana", "ben"}
    assert all(address.startswith("/trace?reviewer=lea&trace_id=t-0") for address in examples["open"])
    assert len(examples) <= 10


def test_scores_stand_with_their_intervals(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = shared_project(tmp_path / "project", n=N)
    (folder / "rubric.yaml").write_text(SCORED)
    for person, more in (("ana", 0), ("ben", 1)):
        while items := actions.desk(folder, person, want=1).items:
            number = int(items[0].trace.trace_id.removeprefix("t-"))
            given = {"score": str(number % 5 + more * (number % 4 == 0))}
            actions.submit_review(
                folder, person, Submission(slot_id=items[0].slot_id, token=items[0].token, answers=given)
            )
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(folder))
    text = words(shown(reviewers_page, "lea"))
    assert f"On the scale, {N} traces" in text
    # 18 of 24 the same, and the others one apart.
    for name, value in (("same level", r"0\.750"), ("at most one level away", r"1\.000"), (r"ICC\(2,1\)", r"0\.\d{3}")):
        assert re.search(rf'<td>{name}[^<]*</td><td[^>]*><span title="[^"]*">{value} \(-?[\d.]+ to [\d.]+\)', text), (
            name
        )


@pytest.mark.usefixtures("team")
@pytest.mark.parametrize(("person", "other"), [("ana", "ben"), ("ben", "ana")])
def test_a_reviewer_reads_no_colleague_s_name(person: str, other: str) -> None:
    test = shown(reviewers_page, person)
    assert "67 % of traces" in words(test)
    assert f"<td>{person}</td>" in words(test)
    assert other not in sent(test)


@pytest.mark.usefixtures("team")
def test_another_question_says_why_it_has_no_figure() -> None:
    test = shown(reviewers_page, "lea")
    place = next(place for place, name in enumerate(test.selectbox[0].options) if name == "reason")
    test.selectbox[0].set_value(place).run()
    assert not test.exception
    assert "How far people agree is not known yet: 0 traces have two ratings, 20 are needed" in words(test)
    assert "Severity: a single reviewer has nobody to be compared with." in words(test)


def test_nothing_reviewed_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REVIEW_APP_PROJECT", str(shared_project(tmp_path / "project")))
    assert "Nothing to compare yet" in words(shown(reviewers_page, "lea"))
    assert "What to do:" in words(shown(reviewers_page, "mallory"))


def test_a_budget_is_planned_and_drawn(drawn: Path) -> None:
    test = shown(sampling_page, "lea")
    assert "Nothing new: the queue holds" in words(test)
    held = actions.draw_history(drawn, "lea").draws[0].progress.traces
    test.number_input[0].set_value(150).run()
    assert not test.exception
    forecast = actions.plan_sample(drawn, 150)
    assert f"About {forecast.added:,.0f} new traces" in words(test)
    assert "sampling.yaml says 60." in str([one.value for one in test.caption])
    press(test, "Draw")
    assert not test.exception
    draws = actions.draw_history(drawn, "lea").draws
    assert len(draws) == 2
    assert draws[1].progress.traces > 0
    assert f"{draws[1].progress.traces:,} traces added; the queue holds {held + draws[1].progress.traces:,}" in words(
        test
    )
    assert f"10 of {held:,}" in words(test)


def test_the_forecast_of_each_judge_is_a_table(drawn: Path) -> None:
    test = shown(sampling_page, "lea")
    judge = actions.plan_sample(drawn, None, actions.measure_agreement(drawn, audit=False)).judges[0]
    number = r'<td class="num"><span title="{}[^"]*">{}</span></td>'
    assert re.search(number.format("predicted by linearisation", f"{judge.standard_errors.tpr:.3f}"), words(test))
    assert re.search(number.format("mean probability of", f"{judge.ratio:.1f} times as likely"), words(test))
    missed = f"{judge.n_passed:,.0f} passed traces in the sample, of which {judge.anticipated.missed:.1%} are"
    assert re.search(number.format(missed, f"{judge.missed_failures:.1f}"), words(test))
    assert "Neyman&#x27;s allocation would take" in words(test)
    table = next(one.value for one in test.dataframe if "reviews" in one.value)
    assert list(table["reviews"]) == [15, 30, 45, 60, 90, 120, 180, 240]
    at_60 = table.loc[table["reviews"] == 60, "TPR"].iloc[0]
    assert at_60 == pytest.approx(judge.standard_errors.tpr)


def test_a_refusal_is_in_words_beside_what_was_drawn(drawn: Path) -> None:
    (drawn / "sampling.yaml").write_text("salt: another\nreviews: 60\n")
    test = shown(sampling_page, "lea")
    assert "was drawn with another rule: salt was s, now it is another" in words(test)
    assert not [button for button in test.button if button.label == "Draw"]
    assert "Draw 1 in detail" in [one.label for one in test.expander]


def test_a_draw_in_detail_says_by_which_rules(drawn: Path) -> None:
    plan = "queue: other\nsalt: o\nreviews: 60\nframe: {language: [en, de]}\nuncertain: {below: 0.7}\n"
    (drawn / "sampling.yaml").write_text(plan + "shares: {random: 0.4, uncertain: 0.3, rare: 0.3}\n")
    made = actions.sample(drawn).draw
    text = words(shown(sampling_page, "lea"))
    assert f"Frame {made.frame_id}: language en or de. Salt o." in text
    assert "Uncertain: a stated confidence below 0.7." in text
    assert "Rare, below 5% of the frame: no value." in text
    (row,) = draw_list.rows(actions.draw_history(drawn, "lea")).to_dict("records")
    assert (row["frame_id"], row["salt"], row["flag_rule"]) == (made.frame_id, "o", made.flag_rule)


@pytest.mark.usefixtures("drawn")
@pytest.mark.parametrize("person", ["ana", "odo", "mallory"])
def test_sampling_is_for_those_who_lead(person: str) -> None:
    test = shown(sampling_page, person)
    assert "What to do:" in words(test)
    assert not test.button
    assert not test.number_input
